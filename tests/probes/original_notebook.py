"""The original notebook's steps, for a test to run: what it imports is ours, the rest is not.

``MODEL`` and ``DATA``, the folders of the network and of the games, are given by the test, as is
``PROBE``, the file that is written.
"""
# ruff: noqa: F821

# %% what it imports, which is all that changes
import torch as t
from datasets import load_dataset
from einops import einsum, rearrange

from othello_gpt.game import playable, square_name
from othello_gpt.model import GPT as HubGPT  # noqa: N811
from othello_gpt.model import GPTConfig, to_transformer_lens

# %% the data set, the network, and where it runs
device = t.device(
    "mps" if t.backends.mps.is_available() else "cuda" if t.cuda.is_available() else "cpu"
)
size = 6
all_squares = playable(size)
labels = [square_name(square) for square in all_squares]
dataset_dict = load_dataset(DATA)
config = GPTConfig(block_size=31, vocab_size=33, n_layer=8, n_head=8, n_embd=128)
hub_model = HubGPT.from_pretrained(MODEL, config=config).to(device)
model = to_transformer_lens(hub_model, folded=True)
model.eval()


# %% how often the likeliest move is a legal one
def columns(dataset, *names):
    return [t.tensor(dataset.with_format("numpy")[:][name]).to(device) for name in names]


test_dataset = dataset_dict["test"].take(100).select_columns(["input_ids", "boards", "legalities"])
input_ids, legalities = columns(test_dataset, "input_ids", "legalities")
logits = model(input_ids[:, :-1])
next_legal = legalities[:, 1:].flatten(2)[..., all_squares]
chosen = logits[..., 1:].argmax(-1, keepdim=True)
legal_share = next_legal.gather(-1, chosen).float().mean().item()


# %% four targets: empty, of who has just moved, legal before, legal after
def empty_mine_legal_target(dataset):
    boards, legalities = columns(dataset, "boards", "legalities")
    turns = t.ones(boards.shape[1], 1, 1, device=device)
    turns[1::2] = -1
    y = t.stack([boards == 0, boards == turns, legalities.bool(), legalities.roll(-1, 1).bool()])
    return rearrange(y[:, :, :-1], "target game pos row col -> game pos row col target").float()


def forward_probe(linear_probe, batch, layer):
    (ids,) = columns(batch, "input_ids")
    name = f"blocks.{layer}.hook_resid_post"
    with t.inference_mode():
        _, cache = model.run_with_cache(ids[:, :-1], names_filter=name)
    x = cache[name].clone()
    y_pred = einsum(x, linear_probe, "game pos d, d row col target -> game pos row col target")
    y_true = empty_mine_legal_target(batch)
    return y_pred, y_true, (y_pred - y_true).square().mean()


# %% the probe, trained
layer, n_steps, batch_size = 5, 200, 32
t.manual_seed(0)
linear_probe = t.randn(config.n_embd, size, size, 4, device=device) / config.n_embd**0.5
linear_probe.requires_grad = True
optimizer = t.optim.AdamW([linear_probe], lr=1e-2, betas=(0.9, 0.99), weight_decay=1e-3)
train_dataset = dataset_dict["train"].select_columns(["input_ids", "boards", "legalities"])
batch_indices = t.randint(0, len(train_dataset), (n_steps, batch_size))
losses = []
for indices in batch_indices:
    _, _, loss = forward_probe(linear_probe, train_dataset.select(indices), layer)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    losses.append(loss.item())

# %% how good it is, and into a file
with t.no_grad():
    y_pred, y_true, _ = forward_probe(linear_probe, test_dataset, layer)
accuracies = ((y_pred > 0.5) == y_true.bool()).float().mean((0, 1, 2, 3)).tolist()
majority = y_true.mean((0, 1, 2, 3))
majority = t.maximum(majority, 1 - majority).tolist()
t.save(linear_probe, PROBE)
