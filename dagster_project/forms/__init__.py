"""Entry forms: the workbooks that schools fill in, blank or with last year's figures beside."""
