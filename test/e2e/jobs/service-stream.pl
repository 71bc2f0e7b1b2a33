#!/usr/bin/perl
# Numbered packets through the router, and their echo.
#   echo ADDR PORT       sends what comes by TCP and UDP back; of UDP it says first whom it saw
#   stream ADDR PORT MS  every MS a number by UDP from one port, by UDP from a new port, by TCP and by ICMP, until SIGTERM;
#                        then waits for what is under way, and prints for each: sent, lost, which, and who was seen
use strict; use warnings; use Socket; use Time::HiRes qw(time); use Errno qw(EAGAIN);
use IO::Handle; STDOUT->autoflush(1); $SIG{PIPE} = 'IGNORE';
my ($mode, $address, $port, $ms) = @ARGV;
my $there = pack_sockaddr_in($port, inet_aton($address));
sub set_of { my $set = ''; vec($set, fileno($_), 1) = 1 for @_; return $set }

if ($mode eq 'echo') {
  socket(my $listener, AF_INET, SOCK_STREAM, 0) or die $!;
  setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($listener, $there) or die "bind: $!"; listen($listener, 100) or die $!;
  socket(my $udp, AF_INET, SOCK_DGRAM, 0) or die $!;
  setsockopt($udp, SOL_SOCKET, SO_RCVBUF, 1 << 20);
  bind($udp, $there) or die "bind: $!";
  my %open;
  print "ready\n";
  while (1) {
    my $ready = set_of($listener, $udp, values %open);
    next unless select($ready, undef, undef, 10) > 0;
    if (vec($ready, fileno($udp), 1)) {
      my $from = recv($udp, my $text, 512, 0);
      send($udp, inet_ntoa((unpack_sockaddr_in($from))[1]) . " $text", 0, $from) if defined $from;
    }
    for my $one (values %open) {
      next unless vec($ready, fileno($one), 1);
      if (sysread($one, my $text, 4096)) { syswrite($one, $text) } else { my $n = fileno $one; close delete $open{$n} }
    }
    if (vec($ready, fileno($listener), 1) && accept(my $one, $listener)) { $open{fileno $one} = $one }
  }
}

die "unknown mode $mode\n" unless $mode eq 'stream';
my $stopped; $SIG{TERM} = sub { $stopped = time };
socket(my $udp, AF_INET, SOCK_DGRAM, 0) or die $!;
setsockopt($udp, SOL_SOCKET, SO_RCVBUF, 1 << 20);
socket(my $tcp, AF_INET, SOCK_STREAM, 0) or die $!;
setsockopt($tcp, 6, 1, 1); # TCP_NODELAY: each number is a packet of its own
connect($tcp, $there) or die "connect: $!";
socket(my $icmp, AF_INET, SOCK_RAW, 1) or die $!;
setsockopt($icmp, SOL_SOCKET, SO_RCVBUF, 1 << 20);
my $id = $$ & 0xffff;
sub checksum { my $sum = 0; $sum += $_ for unpack('n*', $_[0]); $sum = ($sum >> 16) + ($sum & 0xffff) for 1, 2; return ~$sum & 0xffff }

my (%sent, %got, %seen, %fresh, $text); $text = '';
my @kinds = qw(udp new tcp icmp);
$sent{$_} = 0, $got{$_} = {}, $seen{$_} = {} for @kinds;
my $number = 0; my $next = time;
print "started\n";
while (1) {
  my $now = time;
  my $under_way = grep { $sent{$_} > keys %{$got{$_}} } @kinds;
  last if $stopped && ($now > $stopped + 15 || !$under_way);
  if (!$stopped && $now >= $next) {
    $next = $now > $next + 1 ? $now : $next + $ms / 1000; $number++;
    send($udp, $number, 0, $there); $sent{udp}++;
    # A port of its own for each: with one of the kernel's choice it may be an old connection after all.
    if ($number <= 20_000 && socket(my $one, AF_INET, SOCK_DGRAM, 0)) {
      bind($one, pack_sockaddr_in(10_000 + $number, INADDR_ANY)) or die "bind: $!";
      send($one, $number, 0, $there); $sent{new}++; $fresh{fileno $one} = $one;
    }
    syswrite($tcp, "$number\n"); $sent{tcp}++;
    my $echo = sub { pack('CCnnnN', 8, 0, $_[0], $id, $number & 0xffff, $number) };
    send($icmp, $echo->(checksum($echo->(0))), 0, $there); $sent{icmp}++;
  }
  my $ready = set_of($udp, $tcp, $icmp, values %fresh);
  my $pause = $stopped ? 0.5 : $next - time;
  next unless select($ready, undef, undef, $pause > 0 ? $pause : 0) > 0;
  my $hear = sub { my ($socket, $kind) = @_;
    while (defined recv($socket, my $answer, 512, Socket::MSG_DONTWAIT())) {
      next unless $answer =~ /^(\S+) (\d+)$/; $got{$kind}{$2} = 1; $seen{$kind}{$1} = 1 } };
  $hear->($udp, 'udp') if vec($ready, fileno($udp), 1);
  for my $one (values %fresh) { next unless vec($ready, fileno($one), 1);
    $hear->($one, 'new'); my $n = fileno $one; close delete $fresh{$n} }
  if (vec($ready, fileno($tcp), 1) && sysread($tcp, my $more, 4096)) {
    $text .= $more; $got{tcp}{$1} = 1 while $text =~ s/^(\d+)\n// }
  if (vec($ready, fileno($icmp), 1)) {
    while (defined recv($icmp, my $packet, 512, Socket::MSG_DONTWAIT())) {
      my ($type, $code, $sum, $whose, $short, $which) = unpack('x20 CCnnnN', $packet);
      $got{icmp}{$which} = 1 if $type == 0 && $whose == $id } }
}
for my $kind (@kinds) {
  my @lost = grep { !$got{$kind}{$_} } 1 .. $sent{$kind};
  my $which = @lost ? ' (' . join(' ', @lost > 20 ? (@lost[0 .. 19], '...') : @lost) . ')' : '';
  print "$kind sent $sent{$kind} lost ", scalar(@lost), "$which seen ", join(',', sort keys %{$seen{$kind}}), "\n";
}
