#!/usr/bin/perl
# A point-to-point line where the kernel has no PPP: one tun device here, one in the provider's namespace, packets
# carried between them. Steered by lines on stdin: "mute" and "unmute" (silent loss), "cut" and "mend" (carrier), "delay MS"
# (so much later does each packet arrive here: this kernel has no netem).
# "down" takes the device down at once, as pppd does when a session ends. When stdin ends, so does this: the device is
# taken down, then both are unregistered. Settings come by environment, so that the command line is pppd's.
use strict; use warnings; use Time::HiRes qw(time);
use constant { TUNSETIFF => 0x400454ca, TUNSETLINK => 0x400454cd, TUNSETCARRIER => 0x400454e2, PPP => 512 };
my ($if, $far, $ns) = @ENV{qw(LINE_IF LINE_FAR_IF LINE_FAR_NS)};
chomp(my $arch = `uname -m`);
my $setns = $arch eq 'x86_64' ? 308 : $arch eq 'aarch64' ? 268 : $arch =~ /^arm/ ? 375 : die "setns on $arch?\n";
sub tun { my ($name) = @_;
  open(my $f, '+<', '/dev/net/tun') or die "tun: $!";
  ioctl($f, TUNSETIFF, pack('a16 s x22', $name, 0x1001)) or die "TUNSETIFF $name: $!";
  ioctl($f, TUNSETLINK, PPP) or warn "TUNSETLINK: $!"; return $f }
sub enter { my ($path) = @_; open(my $n, '<', $path) or die "$path: $!";
  syscall($setns, fileno($n), 0x40000000) == 0 or die "setns $path: $!" }
# pppd's sifdown(): the flags of the interface without IFF_UP, in one system call. Tells how many ms the kernel took.
sub down { socket(my $s, 2, 2, 0) or die "socket: $!"; my $r = pack('a16 x24', $if);
  ioctl($s, 0x8913, $r) or return; my $flags = unpack('x16 s', $r);
  my $t = time; ioctl($s, 0x8914, pack('a16 s x22', $if, $flags & ~1)) or warn "$if down: $!";
  printf "took %.1f\n", 1000 * (time - $t) }
$| = 1; open(my $home, '<', '/proc/self/ns/net') or die;
my $a = tun($if); enter($ns); my $b = tun($far);
syscall($setns, fileno($home), 0x40000000) == 0 or die "setns back: $!";
if (open(my $c, '>', '/proc/self/comm')) { print $c 'pppd' }
print "made $$\n"; my ($mute, $delay, @held) = (0, 0);
while (1) {
  while (@held && $held[0][0] <= time) { my $h = shift @held; syswrite($a, $h->[1]) unless $mute }
  my $wait = @held ? $held[0][0] - time : 1; $wait = 0 if $wait < 0;
  my ($fa, $fb) = (fileno $a, fileno $b); my $r = ''; vec($r, $_, 1) = 1 for 0, $fa, $fb;
  next if select($r, undef, undef, $wait) <= 0; my $p;
  if (vec($r, $fa, 1) && sysread($a, $p, 65536) && !$mute) { syswrite($b, $p) }
  if (vec($r, $fb, 1) && sysread($b, $p, 65536) && !$mute) {
    # behind what is held already: a shorter delay overtakes nothing
    if ($delay || @held) { push @held, [time + $delay, $p] } else { syswrite($a, $p) } }
  if (vec($r, 0, 1)) {
    if (!sysread(STDIN, my $cmd, 100)) { down(); last } else { chomp $cmd;
      $mute = 1 if $cmd eq 'mute'; $mute = 0 if $cmd eq 'unmute';
      $delay = $1 / 1000 if $cmd =~ /^delay (\d+)$/;
      ioctl($a, TUNSETCARRIER, pack('i', $cmd eq 'mend' ? 1 : 0)) or warn "TUNSETCARRIER: $!" if $cmd =~ /^(cut|mend)$/;
      down() if $cmd eq 'down'; print "done $cmd\n" }
  }
}
