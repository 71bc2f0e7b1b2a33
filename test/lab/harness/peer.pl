#!/usr/bin/perl
# The lab's clients and servers. One line in, one line out, so that a test can steer it.
#   serve PORT ADDR...              echo over TCP and UDP: "PEER PEERPORT ADDR text"
#   hold PROTO TO PORT [opt=value]  one long-lived connection: "ok PEER PEERPORT ADDR text" for every line of stdin
#   flows PROTO TO PORT N [opt=..]  N connections one after the other: "PEER COUNT" lines, "failed N"
#   probes new|same TO PORT MS      a UDP probe every MS until stdin ends: "sent N lost N longest N"
#   routes TO                       asks the kernel for a route without pause: "asked N refused N"
#   down IF                         takes a device down: "took MS", the time that the kernel needed for it
# Options: src=ADDR mark=NUMBER wait=SECONDS
use strict; use warnings; use Socket; use Time::HiRes qw(time sleep);
$| = 1; $SIG{PIPE} = 'IGNORE';
my ($mode, @a) = @ARGV;
use constant SO_MARK => 36;
sub place { my ($name, $port) = @_; return pack_sockaddr_in($port, inet_aton($name)) }
sub fd_set { my $m = ''; vec($m, fileno($_), 1) = 1 for @_; return $m }
sub wait_for { my ($s, $t) = @_; my $r = fd_set($s); return select($r, undef, undef, $t) > 0 }
sub name_of { my ($p, $h) = unpack_sockaddr_in($_[0]); return (inet_ntoa($h), $p) }

sub dial { my ($proto, $to, $port, %o) = @_;
  my $udp = $proto eq 'udp';
  socket(my $s, AF_INET, $udp ? SOCK_DGRAM : SOCK_STREAM, 0) or die "socket: $!";
  if ($o{mark}) { setsockopt($s, SOL_SOCKET, SO_MARK, pack('I', oct $o{mark})) or die "mark: $!" }
  if ($o{src}) { bind($s, place($o{src}, 0)) or return (undef, "bind: $!") }
  if ($udp) { connect($s, place($to, $port)) or return (undef, "connect: $!"); return ($s, '') }
  require Fcntl; fcntl($s, Fcntl::F_SETFL(), Fcntl::O_NONBLOCK()) or die "nonblock: $!";
  if (!connect($s, place($to, $port))) {
    return (undef, "connect: $!") unless $!{EINPROGRESS};
    my $w = fd_set($s);
    return (undef, 'connect: silence') unless select(undef, $w, undef, $o{wait} // 3) > 0;
    my $e = unpack('i', getsockopt($s, SOL_SOCKET, SO_ERROR)); if ($e) { $! = $e; return (undef, "connect: $!") }
  }
  fcntl($s, Fcntl::F_SETFL(), 0); return ($s, '') }

sub ask { my ($s, $text, $t) = @_;
  defined(syswrite($s, "$text\n")) or return "fail write: $!";
  return 'fail silence' unless wait_for($s, $t);
  my $n = sysread($s, my $got, 4096);
  return "fail read: $!" unless defined $n; return 'fail closed' unless $n;
  chomp $got; return "ok $got" }

if ($mode eq 'serve') { my ($port, @addr) = @a; my (%tcp, %udp, %conn);
  for my $addr (@addr) {
    socket(my $t, AF_INET, SOCK_STREAM, 0) or die; setsockopt($t, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($t, place($addr, $port)) or die "bind $addr: $!"; listen($t, 1000) or die; $tcp{fileno $t} = $t;
    socket(my $u, AF_INET, SOCK_DGRAM, 0) or die; setsockopt($u, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    bind($u, place($addr, $port)) or die "bind $addr: $!"; $udp{fileno $u} = [$u, $addr];
  }
  print "ready\n";
  while (1) {
    my $r = fd_set(values(%tcp), (map { $$_[0] } values %udp), (map { $$_[0] } values %conn));
    next unless select($r, undef, undef, 1) > 0;
    for my $fd (keys %udp) { next unless vec($r, $fd, 1); my ($u, $addr) = @{$udp{$fd}};
      my $from = recv($u, my $m, 4096, 0); next unless defined $from; chomp $m;
      send($u, join(' ', name_of($from), $addr, $m) . "\n", 0, $from) }
    for my $fd (keys %conn) { next unless vec($r, $fd, 1); my ($c, @head) = @{$conn{$fd}};
      my $n = sysread($c, my $m, 4096); if (!$n) { close $c; delete $conn{$fd}; next }
      chomp $m; syswrite($c, join(' ', @head, $m) . "\n") }
    for my $fd (keys %tcp) { next unless vec($r, $fd, 1);
      my $from = accept(my $c, $tcp{$fd}) or next; my ($here) = name_of(getsockname($c));
      $conn{fileno $c} = [$c, name_of($from), $here] }
  } }

if ($mode eq 'hold') { my ($proto, $to, $port, @o) = @a; my %o = map { split /=/, $_, 2 } @o;
  my ($s, $why) = dial($proto, $to, $port, %o);
  if (!$s) { print "fail $why\n"; exit 0 }
  print "open ", join(' ', name_of(getsockname($s))), "\n";
  while (my $l = <STDIN>) { chomp $l; print ask($s, $l, $o{wait} // 3), "\n" } exit 0 }

if ($mode eq 'flows') { my ($proto, $to, $port, $count, @o) = @a; my %o = map { split /=/, $_, 2 } @o;
  my (%by, $failed, $why); $failed = 0; $why = '';
  for my $i (1 .. $count) {
    my ($s, $e) = dial($proto, $to, $port, %o); if (!$s) { $failed++; $why = $e; next }
    my $answer = ask($s, "flow $i", $o{wait} // 2);
    if ($answer =~ /^ok (\S+)/) { $by{$1}++ } else { $failed++; $why = $answer } close $s;
  }
  print "$_ $by{$_}\n" for sort keys %by; print "failed $failed $why\n"; exit 0 }

if ($mode eq 'probes') { my ($kind, $to, $port, $ms) = @a; my ($seq, $stop, %open, @due, %got, $one) = (0, 0);
  my $dest = place($to, $port); my $wanted = ''; require Fcntl;
  my $fresh = sub { socket(my $s, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
    fcntl($s, Fcntl::F_SETFL(), Fcntl::O_NONBLOCK());
    # A port never used before for each new flow: with one of the kernel's choice it may be an old flow after all.
    bind($s, pack_sockaddr_in(10_000 + $_[0] % 20_000, INADDR_ANY)) if $_[0];
    $open{fileno $s} = $s; vec($wanted, fileno($s), 1) = 1; return $s };
  my $forget = sub { my ($fd) = @_; vec($wanted, $fd, 1) = 0; close delete $open{$fd} };
  vec($wanted, 0, 1) = 1; $one = $fresh->(0) if $kind eq 'same';
  print "started\n"; my $next = time;
  while (1) {
    my $now = time; last if $stop && $now >= $stop;
    if (!$stop && $now >= $next) {
      $next = $now > $next + 0.05 ? $now + $ms / 1000 : $next + $ms / 1000; $seq++;
      my $s = $one // $fresh->($seq); send($s, "$seq\n", 0, $dest); push @due, [$s, $now + 0.25] unless $one;
      print "at $seq\n" if $seq % 50 == 0;
    }
    while (@due && $due[0][1] < $now) { my $s = (shift @due)->[0]; $forget->(fileno $s) if defined fileno $s }
    my $pause = $stop ? $stop - $now : $next - time; my $r = $wanted;
    next if select($r, undef, undef, $pause > 0 ? $pause : 0) <= 0;
    for my $fd (keys %open) { next unless vec($r, $fd, 1);
      while (defined recv($open{$fd}, my $m, 512, 0)) { $got{$1} = 1 if $m =~ / (\d+)$/m }
      $forget->($fd) unless $one }
    if (vec($r, 0, 1) && !sysread(STDIN, my $x, 10)) { $stop = time + 0.25; vec($wanted, 0, 1) = 0 }
  }
  my ($lost, $run, $longest) = (0, 0, 0);
  for my $i (1 .. $seq) { if ($got{$i}) { $run = 0 } else { $lost++; $run++; $longest = $run if $run > $longest } }
  print "sent $seq lost $lost longest $longest\n"; exit 0 }

if ($mode eq 'routes') { my ($to) = @a; my ($n, $bad) = (0, 0); my %src; my $dest = place($to, 9); print "started\n";
  while (1) {
    socket(my $s, AF_INET, SOCK_DGRAM, 0) or die; $n++;
    if (connect($s, $dest)) { $src{(name_of(getsockname($s)))[0]}++ } else { $bad++ } close $s;
    if ($n % 20 == 0) { my $r = fd_set(\*STDIN); last if select($r, undef, undef, 0.0005) > 0 }
  }
  print "asked $n refused $bad from ", join(',', sort keys %src), "\n"; exit 0 }
if ($mode eq 'down') { my ($if) = @a; socket(my $s, AF_INET, SOCK_DGRAM, 0) or die; my $r = pack('a16 x24', $if);
  ioctl($s, 0x8913, $r) or die "$if: $!"; my $flags = unpack('x16 s', $r); my $t = time;
  ioctl($s, 0x8914, pack('a16 s x22', $if, $flags & ~1)) or die "$if: $!";
  printf "took %.1f\n", 1000 * (time - $t); exit 0 }
die "unknown mode $mode\n";
