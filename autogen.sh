#!/bin/sh
# autogen.sh - makes configure from configure.ac, in a tree that came from git.
cd "$(dirname "$0")" && exec autoreconf --install --force
