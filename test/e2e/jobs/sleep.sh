#!/bin/bash
# A job that does not end by itself: for bed.test.ts.
exec sleep 600
