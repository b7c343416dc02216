# Tests that belong to no single room. Unit tests are declared by the room they test.
