/*
 * sink PORT...: holds UDP ports open and reads nothing, so that accepted datagrams end in a full socket, silently.
 * Prints `ready`.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[i]))};
		int least = 1;
		int fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
			perror("sink: cannot open a port");
			return 1;
		}
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
