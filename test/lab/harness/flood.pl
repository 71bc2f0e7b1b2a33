#!/usr/bin/perl
# A crowd on the line.
#   sink PORT                  takes whatever is sent to it by TCP and UDP, and says nothing back: "ready"
#   pour TO PORT COUNT         COUNT TCP connections that send as fast as they may, opened again when they end
#   blast TO PORT KBIT BYTES   UDP datagrams of so many bytes at so many kbit/s, whether they arrive or not
# All of them run until their input ends, then say "bytes N".
use strict; use warnings; use Socket; use Fcntl; use Errno; use Time::HiRes qw(time);
$| = 1; $SIG{PIPE} = 'IGNORE';
my ($mode, @a) = @ARGV; my $bytes = 0;
sub over { my $r = ''; vec($r, 0, 1) = 1; return 0 unless select($r, undef, undef, 0) > 0; return !sysread(STDIN, my $x, 100) }
sub quick { fcntl($_[0], F_SETFL, O_NONBLOCK) or die "nonblock: $!"; return $_[0] }
sub sock { my ($kind) = @_; socket(my $s, AF_INET, $kind, 0) or die "socket: $!"; return quick($s) }
my $text = 'x' x 65536;

if ($mode eq 'sink') { my ($port) = @a; my %open;
  my ($t, $u) = (sock(SOCK_STREAM), sock(SOCK_DGRAM)); setsockopt($t, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($_, pack_sockaddr_in($port, INADDR_ANY)) or die "bind: $!" for $t, $u; listen($t, 100) or die; print "ready\n";
  until (over()) { my $r = ''; vec($r, fileno($_), 1) = 1 for \*STDIN, $t, $u, values %open;
    select($r, undef, undef, 1); 
    if (accept(my $c, $t)) { $open{fileno $c} = quick($c) }
    while (defined recv($u, my $m, 65536, 0)) { $bytes += length $m }
    for my $c (values %open) { next unless vec($r, fileno($c), 1); my $n = sysread($c, my $m, 65536);
      if ($n) { $bytes += $n } elsif (defined $n || !$!{EAGAIN}) { my $fd = fileno $c; close $c; delete $open{$fd} } } } }

elsif ($mode eq 'pour') { my ($to, $port, $count) = @a; my @open; my $dest = pack_sockaddr_in($port, inet_aton($to)); print "ready\n";
  until (over()) { 
    while (@open < $count) { my $s = sock(SOCK_STREAM); connect($s, $dest) or $!{EINPROGRESS} or die "connect: $!"; push @open, $s }
    my $w = ''; vec($w, fileno($_), 1) = 1 for @open; next if select(undef, $w, undef, 0.2) <= 0;
    @open = grep { my $s = $_; my $n = vec($w, fileno($s), 1) ? syswrite($s, $text) : 0;
      if ($n) { $bytes += $n } elsif (!defined $n && !$!{EAGAIN}) { close $s; undef $s } defined $s } @open } }

elsif ($mode eq 'blast') { my ($to, $port, $kbit, $size) = @a; my $s = sock(SOCK_DGRAM); my $began = time;
  connect($s, pack_sockaddr_in($port, inet_aton($to))) or die "connect: $!"; print "ready\n"; my $sent = 0;
  until (over()) { my $due = (time - $began) * $kbit * 125;
    if ($sent >= $due) { select(undef, undef, undef, 0.002); next }
    while ($sent < $due) { $sent += $size; $bytes += syswrite($s, $text, $size) // 0 } } }

else { die "unknown mode $mode\n" }
print "bytes $bytes\n";
