"""One laptop that runs a meeting without the Internet: its address on the network of the room, what telephones are
told that look for the Internet, the poster, the rehearsal. The access point itself is the laptop's business."""
