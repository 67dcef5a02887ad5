"""What the tests of ``game`` share: helpers."""


def assert_same(one, other):
    assert one.features == other.features
    assert one.to_dict() == other.to_dict()
