#!/usr/bin/perl
# What a household sends, all of it to one echo server that tells the address it sees:
#   lasting TCP connections that say a line five times a second, and are opened again when they are lost;
#   one more TCP connection each second that lives for four;
#   a call: datagrams of one flow, one every 20 ms;
#   probes: datagrams that are a new flow each, one every 20 ms, or every millisecond after "dense" on stdin ("sparse" ends
#   it). No port is used again until conntrack has long forgotten it: what it remembers is no new flow.
# It prints, one line each:
#   open ID KIND ADDR AT            the first answer: the server saw ADDR (KIND is lasting or short); begun at AT (ms since 1970)
#   beat ID MS                      a line was answered after MS
#   end ID WHY AT                   done: it had lived its time; anything else: it was lost; begun at AT
#   moved NAME FROM TO LOST MS AT   of NAME (new or call), LOST datagrams had no answer, or the server saw another address:
#                                   MS between the last one sent by FROM and the first one sent by TO, at AT (ms since 1970)
#   rate NAME ADDR COUNT            datagrams answered in the last tenth of a second
# Usage: talk.pl SERVER PORT LASTING. It ends when its stdin does.
use strict;
use warnings;
use Errno qw(EAGAIN EINPROGRESS);
use Fcntl qw(F_SETFL O_NONBLOCK);
use Socket;
use Time::HiRes qw(time);

use constant {
  LINE_EVERY => 0.2, DATAGRAM_EVERY => 0.02, DENSE_EVERY => 0.001,
  CALL_PORT => 9999, FIRST_PROBE_PORT => 10000, LAST_PROBE_PORT => 60000,
  SHORT_LIFE => 4, REOPEN_AFTER => 0.1, SILENCE => 4, DATAGRAM_SILENCE => 0.6,
};

my ($server, $port, $lasting) = @ARGV;
my $dest = pack_sockaddr_in($port, inet_aton($server));
$| = 1;
$SIG{PIPE} = 'IGNORE';

sub nonblocking {
  my ($type) = @_;
  socket(my $socket, AF_INET, $type, 0) or die "socket: $!";
  fcntl($socket, F_SETFL, O_NONBLOCK) or die "fcntl: $!";
  return $socket;
}

# --- TCP -----------------------------------------------------------------------------------------------------------

my (%connections, @reopen);
my $ids = 0;

sub dial {
  my ($kind, $now) = @_;
  my $socket = nonblocking(SOCK_STREAM);
  connect($socket, $dest) or $! == EINPROGRESS or return push @reopen, [$kind, $now + REOPEN_AFTER];
  $connections{fileno $socket} = {
    socket => $socket, id => ++$ids, kind => $kind, born => $now,
    next => $now, seq => 0, unanswered => [], addr => '', text => '',
  };
}

sub hang_up {
  my ($c, $why, $now) = @_;
  printf "end %d %s %d\n", $c->{id}, $why, $c->{born} * 1000;
  delete $connections{fileno $c->{socket}};
  close $c->{socket};
  push @reopen, ['lasting', $now + REOPEN_AFTER] if $c->{kind} eq 'lasting';
}

sub speak {
  my ($c, $now) = @_;
  my $oldest = $c->{unanswered}[0];
  return hang_up($c, 'silence', $now) if $oldest && $now - $oldest->[1] > SILENCE;
  return hang_up($c, 'done', $now) if $c->{kind} eq 'short' && $now - $c->{born} > SHORT_LIFE && !$oldest;
  return if $now < $c->{next};
  $c->{next} = $now + LINE_EVERY;
  if (defined syswrite($c->{socket}, ($c->{seq} + 1) . "\n")) {
    push @{ $c->{unanswered} }, [++$c->{seq}, $now];
  } elsif ($! != EAGAIN) {
    hang_up($c, 'reset', $now);
  } else {
    # Not connected yet: that counts as a line without an answer.
    push @{ $c->{unanswered} }, [0, $now] unless $oldest;
  }
}

sub hear {
  my ($c, $now) = @_;
  my $count = sysread($c->{socket}, my $bytes, 4096);
  return if !defined $count && $! == EAGAIN;
  return hang_up($c, defined $count ? 'closed' : 'reset', $now) unless $count;
  $c->{text} .= $bytes;
  while ($c->{text} =~ s/^(.*)\n//) {
    my ($addr, $number) = $1 =~ /^(?:(\S+) \d+ \S+ )?(\d+)$/ or next;
    printf "open %d %s %s %d\n", $c->{id}, $c->{kind}, $c->{addr} = $addr, $c->{born} * 1000 if $addr && !$c->{addr};
    while (@{ $c->{unanswered} } && $c->{unanswered}[0][0] <= $number) {
      my $line = shift @{ $c->{unanswered} };
      printf "beat %d %.1f\n", $c->{id}, ($now - $line->[1]) * 1000;
    }
  }
}

# --- datagrams -----------------------------------------------------------------------------------------------------

my $call = datagrams_from(CALL_PORT);
my (%probes, $probe_port);
my %trails = map { $_ => { name => $_, queue => [], by => {}, seq => 0, lost => 0, addr => '-', last => 0 } } qw(new call);

sub datagrams_from {
  my ($local) = @_;
  my $socket = nonblocking(SOCK_DGRAM);
  bind($socket, pack_sockaddr_in($local, INADDR_ANY)) or die "bind $local: $!";
  return $socket;
}

sub send_on {
  my ($trail, $socket, $now) = @_;
  my $datagram = { seq => ++$trail->{seq}, sent => $now };
  push @{ $trail->{queue} }, $datagram;
  send($socket, "$datagram->{seq}\n", 0, $dest);
  return $datagram;
}

sub answers {
  my ($trail, $socket) = @_;
  my $heard = 0;
  while (defined recv($socket, my $text, 512, 0)) {
    my ($addr, $seq) = $text =~ /^(\S+) \d+ \S+ (\d+)$/ or next;
    my ($datagram) = grep { $_->{seq} == $seq } @{ $trail->{queue} };
    $datagram->{addr} = $addr if $datagram;
    $heard = 1;
  }
  return $heard;
}

# In the order of sending: what is answered, or will never be.
sub settle {
  my ($trail, $now) = @_;
  while (my $datagram = $trail->{queue}[0]) {
    my $addr = $datagram->{addr};
    last unless defined $addr || $now - $datagram->{sent} > DATAGRAM_SILENCE;
    shift @{ $trail->{queue} };
    if (!defined $addr) { $trail->{lost}++; next }
    if ($trail->{last} && ($trail->{lost} || $addr ne $trail->{addr})) {
      my $pause = ($datagram->{sent} - $trail->{last}) * 1000;
      printf "moved %s %s %s %d %.1f %d\n", @$trail{qw(name addr)}, $addr, $trail->{lost}, $pause, $datagram->{sent} * 1000;
    }
    @$trail{qw(addr last lost)} = ($addr, $datagram->{sent}, 0);
    $trail->{by}{$addr}++;
  }
}

sub rates {
  for my $trail (values %trails) {
    print "rate $trail->{name} $_ $trail->{by}{$_}\n" for sort keys %{ $trail->{by} };
    $trail->{by} = {};
  }
}

# --- the loop ------------------------------------------------------------------------------------------------------

my $every = DATAGRAM_EVERY;
my %due = (probe => 0, call => 0, short => time + 1, rates => 0);
my $is_due = sub {
  my ($what, $now, $period) = @_;
  return 0 if $now < $due{$what};
  # After a long pause of the machine's nothing is made up for.
  $due{$what} = $now - $due{$what} > 0.05 ? $now + $period : $due{$what} + $period;
  return 1;
};
dial('lasting', time) for 1 .. $lasting;
while (1) {
  my $now = time;
  if ($is_due->('probe', $now, $every)) {
    $probe_port = !$probe_port || $probe_port == LAST_PROBE_PORT ? FIRST_PROBE_PORT : $probe_port + 1;
    my $socket = datagrams_from($probe_port);
    $probes{fileno $socket} = { socket => $socket, datagram => send_on($trails{new}, $socket, $now) };
  }
  send_on($trails{call}, $call, $now) if $is_due->('call', $now, DATAGRAM_EVERY);
  dial('short', $now) if $is_due->('short', $now, 1);
  rates() if $is_due->('rates', $now, 0.1);
  my @waiting = @reopen;
  @reopen = ();
  $_->[1] <= $now ? dial($_->[0], $now) : push @reopen, $_ for @waiting;
  speak($_, $now) for values %connections;

  my $read = '';
  vec($read, fileno $_, 1) = 1 for \*STDIN, $call, map { $_->{socket} } values %connections, values %probes;
  my $pause = $due{probe} - time;
  my $ready = select($read, undef, undef, $pause > 0.01 ? 0.01 : $pause > 0 ? $pause : 0);
  $now = time;
  if ($ready > 0) {
    if (vec($read, fileno STDIN, 1)) {
      sysread(STDIN, my $order, 100) or exit 0;
      $every = $order =~ /dense/ ? DENSE_EVERY : DATAGRAM_EVERY;
      $due{probe} = $now;
    }
    answers($trails{call}, $call) if vec($read, fileno $call, 1);
    hear($_, $now) for grep { vec($read, fileno $_->{socket}, 1) } values %connections;
  }
  for my $fd (keys %probes) {
    my ($socket, $datagram) = @{ $probes{$fd} }{qw(socket datagram)};
    my $heard = $ready > 0 && vec($read, $fd, 1) && answers($trails{new}, $socket);
    next unless $heard || $now - $datagram->{sent} > DATAGRAM_SILENCE;
    delete $probes{$fd};
    close $socket;
  }
  settle($_, $now) for values %trails;
}
