#!/bin/bash
# lab.sh FILE...: the namespace lab's tests (of these files; of all, if none is named) with this root's own programs, node
# among them (but for the doctor's, which finds what is installed here and has a scenario of its own): what runs vitest is the node that was brought along as /xchg/node, since Debian 12's is too old for it.
set -eu
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh

# vitest writes beside what it runs.
mkdir -p /tmp/layer/upper /tmp/layer/work
mount -t overlay -o lowerdir=/waymark,upperdir=/tmp/layer/upper,workdir=/tmp/layer/work overlay /waymark
ln -s /xchg/node_modules /waymark/node_modules
cd /waymark

for program in node ip nft conntrack; do
  fact "$program" "$("$program" --version 2>/dev/null || "$program" -V)"
done
status=0
/xchg/node node_modules/vitest/vitest.mjs run --project lab --exclude '**/node-versions.test.ts' --exclude '**/doctor.test.ts' \
  --reporter=default --reporter=json --outputFile.json=/xchg/saved/report "$@" || status=$?
fact vitest "$status"
# What failed is the scenario's to tell.
[ -s /xchg/saved/report ]
