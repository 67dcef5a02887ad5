"""Runs on Weights & Biases."""


def wandb_run(project: str, config: dict, **how):
    """Return a run begun on Weights & Biases; ``how`` is what ``wandb.init`` takes besides.

    Raises ``ConnectionError``, in one sentence, if it can't begin, as without a login.
    """
    import wandb
    import wandb.errors

    try:
        return wandb.init(project=project, config=config, **how)
    except wandb.errors.Error as error:
        # Some of its messages have a paragraph of ways to log in.
        why = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "no run"
        raise ConnectionError(f"W&B: {why}; log in with `wandb login` or leave it out") from error
