# Runs a command in this very process, over one uplink: `waymark use`. Arguments: the mark of the uplink; "4" if no IPv6
# packet may leave, else "46"; name servers joined by commas, or "-"; the value that PERL_BADLANG had, behind an x; the
# command.
#
# The process moves to a control group of its own, to which a program of the kernel (BPF_CGROUP_INET_SOCK_CREATE) is
# attached that gives every socket the mark when it is made: before a route and a source address are chosen, in whatever
# child. The group is a child of the one that the process was in, so nothing else changes: limits, session, service. A
# second process outside it waits until the last process in it has ended, and takes it away.
#
# Of Perl only perl-base is needed, which every Debian has.
use strict;
use warnings;
use Config;
use POSIX ();

# System calls by processor: bpf(2), unshare(2), mount(2).
my %CALLS = (
  x86_64 => [321, 272, 165],
  i386 => [357, 310, 21],
  aarch64 => [280, 97, 40],
  arm => [386, 337, 21],
  riscv64 => [280, 97, 40],
  powerpc64le => [361, 282, 21],
);

my ($mark, $families, $servers, $badlang, @command) = @ARGV;

my $group;

# The group does not outlive what could not be done with it.
sub fail {
  my $why = join "", @_;
  rmdir $group if defined $group;
  print STDERR "waymark use: $why\n";
  POSIX::_exit(1);
}

my ($processor) = $Config{archname} =~ /^([a-z0-9_]+)/;
my ($BPF, $UNSHARE, $MOUNT) =
  @{ $CALLS{$processor} || fail("the numbers of the system calls of a $processor processor are not known here") };

# The group that this process is in, as a folder: cgroups(7), /proc/PID/cgroup and mountinfo.
sub own_group {
  my ($path) = map { /^0::(.*)$/ ? $1 : () } read_lines("/proc/self/cgroup");
  defined $path or fail("this kernel has no control groups of version 2 (cgroups(7))");
  for my $line (read_lines("/proc/self/mountinfo")) {
    my ($root, $point, $type) = $line =~ /^\S+ \S+ \S+ (\S+) (\S+) .* - (\S+) / or next;
    $type eq "cgroup2" or next;
    s/\\(\d{3})/chr oct $1/ge for $root, $point;
    my $inside = $root eq "/" ? $path : index("$path/", "$root/") == 0 ? substr($path, length $root) : next;
    my $folder = $inside eq "/" ? $point : $point . $inside;
    # Something else may be mounted over it.
    return $folder if -e "$folder/cgroup.procs";
  }
  fail("no file system of control groups is mounted here that shows the group $path of this process",
    " (mount -t cgroup2 cgroup2 /sys/fs/cgroup)");
}

sub read_lines {
  my ($file) = @_;
  open(my $handle, "<", $file) or return ();
  my @lines = <$handle>;
  chomp @lines;
  return @lines;
}

sub is_populated {
  my ($group) = @_;
  return grep { $_ eq "populated 1" } read_lines("$group/cgroup.events");
}

# Named after the process that is run, which keeps its number; another of that number may have left a child behind.
sub make_group {
  my ($parent) = @_;
  for my $turn (0 .. 99) {
    my $folder = "$parent/waymark-use-$$.$turn";
    return $folder if mkdir $folder;
    $!{EEXIST} or last;
  }
  fail("cannot make a control group below $parent: $!", $!{EROFS} ? " (a container needs /sys/fs/cgroup writable)" : "");
}

# Groups whose second process was killed.
sub sweep {
  my ($parent) = @_;
  opendir(my $folder, $parent) or return;
  for (readdir $folder) {
    /^waymark-use-(\d+)\.\d+$/ && !-e "/proc/$1" && !is_populated("$parent/$_") && rmdir "$parent/$_";
  }
}

# struct bpf_insn of linux/bpf.h, little-endian.
sub instruction {
  my ($code, $to, $from, $offset, $value) = @_;
  return pack("CCsL", $code, $from << 4 | $to, $offset, $value);
}

# Sets the mark (offset 16 of struct bpf_sock), and allows the socket.
sub marking {
  return instruction(0xb7, 2, 0, 0, $mark)     # r2 = mark
    . instruction(0x63, 1, 2, 16, 0)           # *(u32 *)(r1 + 16) = r2
    . instruction(0xb7, 0, 0, 0, 1)            # r0 = 1
    . instruction(0x95, 0, 0, 0, 0);           # exit
}

# Refuses (EPERM) addresses of the IPv6 internet, 2000::/3: the first byte of user_ip6 in struct bpf_sock_addr, offset 8.
sub refusing {
  return instruction(0x71, 2, 1, 8, 0)         # r2 = *(u8 *)(r1 + 8)
    . instruction(0x77, 2, 0, 0, 5)            # r2 >>= 5
    . instruction(0xb7, 0, 0, 0, 1)            # r0 = 1
    . instruction(0x55, 2, 0, 1, 1)            # if r2 != 1 goto exit
    . instruction(0xb7, 0, 0, 0, 0)            # r0 = 0
    . instruction(0x95, 0, 0, 0, 0);           # exit
}

sub address { return unpack("J", pack("P", $_[0])) }

# bpf(2): BPF_PROG_LOAD, then BPF_PROG_ATTACH with BPF_F_ALLOW_MULTI. The group keeps the program.
sub attach {
  my ($group, $type, $attach_type, $code) = @_;
  my $license = "GPL\0";
  my $load = pack("LLQQLLQLLa16LL",
    $type, length($code) / 8, address($code), address($license), 0, 0, 0, 0, 0, "waymark_use", 0, $attach_type);
  my $program = syscall($BPF, 5, $load, length $load);
  $program >= 0 or fail("the kernel takes no program for control groups, which marks the sockets: bpf(2): $!",
    $!{ENOSYS} || $!{EINVAL} ? " (it needs CONFIG_CGROUP_BPF)" : "",
    $!{EPERM} ? " (a container needs CAP_BPF and CAP_NET_ADMIN, and a seccomp profile that lets bpf(2) pass)" : "");
  opendir(my $folder, $group) or fail("$group: $!");
  my $request = pack("LLLL", fileno($folder), $program, $attach_type, 2);
  syscall($BPF, 8, $request, length $request) == 0
    or fail("the program that marks the sockets cannot be attached to the control group $group: $!");
  POSIX::close($program);
}

# Waits, outside the group and away from terminal and caller, until the group is empty; then it goes.
sub attend {
  my ($group) = @_;
  pipe(my $reader, my $writer) or fail("pipe: $!");
  my $child = fork();
  defined $child or fail("fork: $!");
  if ($child) {
    waitpid($child, 0);
    return $writer;    # closed by exec, or by our end: then whoever shall be in the group is
  }
  # Nobody's child, lest the command finds one that it never started.
  my $second = fork();
  POSIX::_exit(defined $second ? 0 : 1) if !defined $second || $second;
  close $writer;
  POSIX::setsid();
  chdir "/";
  # A service that is stopped gets a signal in every process; this one goes when the others have gone.
  $SIG{$_} = "IGNORE" for qw(HUP INT QUIT TERM);
  $0 = "waymark use: attends $group";
  my $null = POSIX::open("/dev/null", &POSIX::O_RDWR);
  POSIX::dup2($null, $_) for 0 .. 2;
  my $keep = fileno($reader);
  for my $number (read_folder("/proc/self/fd")) { POSIX::close($number) if $number > 2 && $number != $keep }
  sysread($reader, my $nothing, 1);
  open(my $events, "<", "$group/cgroup.events") or POSIX::_exit(0);
  while (1) {
    seek($events, 0, 0);
    my $text = join "", <$events>;
    last if $text !~ /^populated 1$/m;
    my $changed = "";
    vec($changed, fileno($events), 1) = 1;
    select(undef, undef, $changed, undef);
  }
  rmdir $group;
  POSIX::_exit(0);
}

sub read_folder {
  opendir(my $folder, $_[0]) or return ();
  return grep { /^\d+$/ } readdir $folder;
}

# Name servers of the uplink's for this command alone: its own view of resolv.conf(5), and none of the services that
# would look names up on its behalf, over whatever uplink.
sub ask_own_servers {
  my @servers = @_;
  -e "/etc/resolv.conf" or return;
  my @others = grep { !/^\s*nameserver\b/ } read_lines("/etc/resolv.conf");
  my $file = "/run/waymark/resolv.$$";
  mkdir "/run/waymark", 0755;
  open(my $handle, ">", $file) or fail("$file: $!");
  print $handle map { "$_\n" } @others, map { "nameserver $_" } @servers;
  close $handle or fail("$file: $!");
  my ($private, $bind) = (0x4000 | 0x80000, 0x1000);    # MS_REC | MS_SLAVE, MS_BIND
  my ($none, $root, $null, $target) = ("none", "/", "/dev/null", "/etc/resolv.conf");
  my $done = syscall($UNSHARE, 0x20000) == 0    # CLONE_NEWNS
    && syscall($MOUNT, $none, $root, $none, $private, 0) == 0
    && syscall($MOUNT, $file, $target, $none, $bind, 0) == 0;
  my $why = $!;
  unlink $file;
  $done or fail("cannot give the command name servers of its own: $why");
  for my $socket ("/run/systemd/resolve/io.systemd.Resolve", "/run/nscd/socket") {
    syscall($MOUNT, $null, $socket, $none, $bind, 0) if -S $socket;
  }
}

# Of another such group beside it: the programs of all groups above would run too, the outermost last.
my $parent = own_group() =~ s{(?:/waymark-use-\d+\.\d+)+$}{}r;
sweep($parent);
$group = make_group($parent);
attach($group, 9, 2, marking());
if ($families eq "4") { attach($group, 18, $_, refusing()) for 10 + 1, 15 }
my $attended = attend($group);
ask_own_servers(split /,/, $servers) if $servers ne "-";
open(my $procs, ">", "$group/cgroup.procs") or fail("$group/cgroup.procs: $!");
defined syswrite($procs, "0") or fail("cannot move to the control group $group: $!");
close $procs;

delete $ENV{PERL_BADLANG};
$ENV{PERL_BADLANG} = substr $badlang, 1 if $badlang ne "";
no warnings "exec";
exec { $command[0] } @command;
my ($why, $missing) = ("$!", $!{ENOENT});
print STDERR "waymark use: $command[0]: $why\n";
POSIX::_exit($missing ? 127 : 126);
