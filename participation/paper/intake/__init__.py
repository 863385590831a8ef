"""Reception: declarations checked in, bags, boxes, and the forms that a place counted."""
