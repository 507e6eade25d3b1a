/*
 * The least that a reader of trace events must do: recvmmsg into memory that is used again, and count.
 * Prints `ready`, and at each SIGUSR2 how many messages and bytes it has received.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NFNLGRP_NFTRACE 9
#define BUFFER_BYTES (64 << 20)
#define SLOTS 64
#define SLOT_BYTES 2048

static volatile sig_atomic_t asked;

static void ask(int signal)
{
	(void)signal;
	asked = 1;
}

static int open_socket(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	int bytes = BUFFER_BYTES;
	int group = NFNLGRP_NFTRACE;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) {
		perror("drain: cannot join the trace group");
		return -1;
	}
	return fd;
}

int main(void)
{
	static char memory[SLOTS][SLOT_BYTES];
	struct iovec iov[SLOTS];
	struct mmsghdr messages[SLOTS];
	struct sigaction on_ask = {.sa_handler = ask}; /* without SA_RESTART: it interrupts recvmmsg */
	unsigned long events = 0, bytes = 0;
	int fd = open_socket();
	if (fd < 0)
		return 1;
	sigaction(SIGUSR2, &on_ask, NULL);
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < SLOTS; i++) {
		iov[i] = (struct iovec){.iov_base = memory[i], .iov_len = SLOT_BYTES};
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		int count = recvmmsg(fd, messages, SLOTS, MSG_WAITFORONE, NULL);
		for (int i = 0; i < count; i++)
			bytes += messages[i].msg_len;
		if (count > 0)
			events += count;
		else if (count < 0 && errno != EINTR && errno != ENOBUFS) {
			perror("drain: cannot receive");
			return 1;
		}
		if (asked) {
			asked = 0;
			printf("{\"events\":%lu,\"rows\":%lu,\"bytes\":%lu,\"discarded\":0}\n", events, events, bytes);
			fflush(stdout);
		}
	}
}
