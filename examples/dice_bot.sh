#!/bin/sh
# A dice bot: answers "roll 20" with a number from 1 to 20. It reads what is said as `name: text`, a line each, and what
# it prints is said.
#
#   deno run -P=client --allow-run=examples/dice_bot.sh client.ts --room games --exec examples/dice_bot.sh
while IFS= read -r line; do
  name=${line%%: *}
  said=${line#*: }
  case $name in "[private] "*) continue ;; esac
  sides=${said#roll }
  case $sides in
    "$said" | '' | 0* | *[!0-9]* | ?????*) continue ;;
  esac
  echo "$name rolls $(($(od -An -N4 -tu4 /dev/urandom) % sides + 1)) of $sides"
done
