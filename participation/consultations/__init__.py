"""The other intake: what people say in their own words, from comments to briefs, and the file that they speak about.

`service.contribute` is the only way in, whether somebody types at home or a clerk transcribes a slip, a letter, a call
or an e-mail. Nothing here is counted as a vote; votes and questionnaires are ballots.
"""
