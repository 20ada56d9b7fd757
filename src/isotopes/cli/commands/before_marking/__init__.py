"""Commands for the time before marking: how a mark looks, what is left of it, will it be found?"""
