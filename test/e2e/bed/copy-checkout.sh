#!/bin/bash
# copy-checkout.sh DIRECTORY: makes the directory a copy of this checkout as a user has it after a build: the files that
# git knows or would add, and dist. It is built in the copy, so that who edits the checkout meanwhile disturbs nothing.
. "$(dirname "$0")/common.sh"

[ -x "$repository/node_modules/.bin/tsx" ] || die "there is nothing to build with: npm ci first"
copy=$1
rm -rf --one-file-system "$copy"
mkdir -p "$copy"
git -C "$repository" -c safe.directory="$repository" ls-files -z --cached --others --exclude-standard |
  (cd "$repository" && while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done) |
  tar -C "$repository" --null --no-recursion --owner=0 --group=0 -T - -cf - | tar -C "$copy" -xf -
ln -s "$repository/node_modules" "$copy/node_modules"
(cd "$copy" && node_modules/.bin/tsx scripts/build.ts) >"$copy.log" 2>&1 </dev/null || {
  cat "$copy.log" >&2
  die "the build failed"
}
rm "$copy/node_modules" "$copy.log"
