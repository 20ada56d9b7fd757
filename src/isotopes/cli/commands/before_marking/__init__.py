"""Commands to run before marking: how does a mark look, does it survive, will it be found?"""
