import type { ProbeMethod } from "./probe-method.ts";

/** All connections are begun at once and then waited for together. Only modules that perl always has. */
const connectScript = `
use strict; use Socket; use Fcntl; use Errno qw(EINPROGRESS);
$| = 1;
my ($limit, %waiting, $i) = (shift);
while (@ARGV >= 2) {
  my ($host, $port, $number) = (shift, shift, $i++ || 0);
  my $six = $host =~ /:/;
  my $to = $six ? Socket::pack_sockaddr_in6($port, Socket::inet_pton(Socket::AF_INET6(), $host)) : pack_sockaddr_in($port, inet_aton($host));
  socket(my $s, $six ? Socket::AF_INET6() : AF_INET, SOCK_STREAM, 0) or do { print "$number 1 $!\\n"; next };
  fcntl($s, F_SETFL, O_NONBLOCK);
  if (connect($s, $to)) { print "$number 0\\n" }
  elsif ($! == EINPROGRESS) { $waiting{fileno $s} = [$number, $s] }
  else { print "$number 1 $!\\n" }
}
my $end = time + $limit + 1;
while (%waiting && time < $end) {
  my $bits = ""; vec($bits, $_, 1) = 1 for keys %waiting;
  next if select(undef, my $ready = $bits, undef, 0.2) <= 0;
  for (keys %waiting) {
    next unless vec($ready, $_, 1);
    my ($number, $s) = @{delete $waiting{$_}};
    my $code = unpack("i", getsockopt($s, SOL_SOCKET, SO_ERROR));
    if ($code) { $! = $code; print "$number 1 $!\\n" } else { print "$number 0\\n" }
  }
}
print "$_->[0] 1 timed out\\n" for values %waiting;
`;

export const perlConnectMethod: ProbeMethod = {
  name: "perl",
  command: (questions, timeoutSeconds) => ["perl", "-e", connectScript, String(timeoutSeconds), ...questions],
};
