"""The pages of the third person: the paper first, its picture where the batch was scanned, then both keyings."""
