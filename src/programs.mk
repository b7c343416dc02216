# The programs.
