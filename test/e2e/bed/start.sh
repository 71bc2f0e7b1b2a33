#!/bin/bash
# In the bed: runs the job with its arguments, and keeps what it said and how it ended.
cd /xchg || exit 1
mapfile -d '' -t arguments <.bed/arguments
cut -d ' ' -f 1 /proc/uptime >.bed/began
bash ./job "${arguments[@]}" >out 2>&1 </dev/null
echo $? >.bed/status.new
mv .bed/status.new .bed/status
cut -d ' ' -f 1 /proc/uptime >.bed/ended
