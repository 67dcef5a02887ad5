"""The book on another network: ``othello-gpt report``.

``making`` leads through it: ``costs`` says beforehand what it takes, ``execution`` executes
chapters, ``pages`` and ``front`` write the pages that only a report has, and ``build`` is what the
build of the pages knows of it. Nothing is imported here, since every build imports ``build``.
"""
