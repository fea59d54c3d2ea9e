# Sourced by the tests inside of the Debian in which the package is installed.

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# send PORT: a message, whose id is printed.
send() {
  local reply line
  exec 3<>"/dev/tcp/127.0.0.1/$1"
  read -r -t 10 reply <&3
  for line in "HELO client" "MAIL FROM:<a@example.org>" "RCPT TO:<b@x.test>" "DATA" $'Subject: x\r\n\r\nhello\r\n.'; do
    printf '%s\r\n' "$line" >&3
    read -r -t 10 reply <&3
  done
  exec 3>&-
  [[ "$reply" =~ ^250\ .*([0-9A-Z]{26}) ]] || fail "the message was answered with $reply"
  echo "${BASH_REMATCH[1]}"
}
