/*
 * sender ADDRESS PACKETS_PER_SECOND SECONDS: UDP datagrams from 64 ports to the ports of `ports`, which take turns.
 * 0 packets a second: as many as it can. Prints how many it sent, and how many nanoseconds that took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

/* What a network card's interrupt brings at a time. */
#define BURST 8
#define SOCKETS 64

/* What the firewall does with them is in firewall.ts: 8 of 10 accepted, one dropped by a rule, one by the policy. */
static const unsigned short ports[10] = {53, 53, 53, 123, 53, 443, 23, 123, 53, 9999};

static long long now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_until(long long ns)
{
	struct timespec t = {.tv_sec = ns / 1000000000LL, .tv_nsec = ns % 1000000000LL};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int open_socket(unsigned short port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("sender: cannot open a socket");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: sender ADDRESS PACKETS_PER_SECOND SECONDS\n", stderr);
		return 2;
	}
	const double rate = atof(argv[2]);
	const long long duration = (long long)(atof(argv[3]) * 1e9);
	int fds[SOCKETS];
	struct sockaddr_in to[BURST] = {0};
	char payload[32] = "visor capture benchmark";
	struct iovec iov = {.iov_base = payload, .iov_len = sizeof payload};
	struct mmsghdr burst[BURST] = {0};

	for (int i = 0; i < SOCKETS; i++)
		fds[i] = open_socket(20000 + i);
	for (int i = 0; i < BURST; i++) {
		to[i].sin_family = AF_INET;
		if (inet_aton(argv[1], &to[i].sin_addr) == 0)
			return 2;
		burst[i].msg_hdr = (struct msghdr){
			.msg_name = &to[i], .msg_namelen = sizeof to[i], .msg_iov = &iov, .msg_iovlen = 1};
	}
	/* nanosleep would be up to 50 us late otherwise */
	prctl(PR_SET_TIMERSLACK, 1);

	const long long start = now_ns();
	long long now = start;
	unsigned long sent = 0;
	for (unsigned long turn = 0; now - start < duration; turn++) {
		for (int i = 0; i < BURST; i++)
			to[i].sin_port = htons(ports[(sent + i) % 10]);
		int taken = sendmmsg(fds[turn % SOCKETS], burst, BURST, 0);
		if (taken > 0)
			sent += taken;
		else if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
			perror("sender: cannot send");
			return 1;
		}
		now = now_ns();
		if (rate > 0) {
			long long due = start + (long long)(sent / rate * 1e9);
			if (due > now) {
				sleep_until(due);
				now = now_ns();
			}
		}
	}
	printf("%lu %lld\n", sent, now - start);
	return 0;
}
