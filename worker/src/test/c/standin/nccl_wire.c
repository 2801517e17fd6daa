/* Sockets. Whatever waits here also watches a bell, an eventfd that an abort makes readable for good. */
#define _GNU_SOURCE
#include "nccl.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

int wire_wait(int socket, int events, int bell) {
  struct pollfd fds[2] = { { bell, POLLIN, 0 }, { socket, (short)events, 0 } };
  for (;;) {
    int ready = poll(fds, socket < 0 ? 1 : 2, -1);
    if (ready < 0 && errno != EINTR) return -1;
    if (ready > 0) return fds[0].revents ? -1 : 0;
  }
}

static int tuned(int socket) {
  int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

int wire_listen(struct sockaddr_in *address) {
  *address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof *address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return -1;
  if (bind(listener, (struct sockaddr *)address, size) || listen(listener, BACKLOG)
      || getsockname(listener, (struct sockaddr *)address, &size)) {
    close(listener);
    return -1;
  }
  return listener;
}

static int connect_to(int s, const struct sockaddr_in *address, int bell) {
  if (connect(s, (const struct sockaddr *)address, sizeof *address) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (wire_wait(s, POLLOUT, bell)) return EINTR;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

int wire_dial(const struct sockaddr_in *address, int bell) {
  int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0) return -1;
  int error = connect_to(s, address, bell);
  if (!error) return tuned(s);
  close(s);
  errno = error;
  return -1;
}

int wire_accept(int listener, int bell) {
  for (;;) {
    if (wire_wait(listener, POLLIN, bell)) return -1;
    int s = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (s >= 0) return tuned(s);
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) return -1;
  }
}

int wire_send(int socket, const void *data, size_t bytes, int bell) {
  for (size_t done = 0; done < bytes;) {
    ssize_t n = send(socket, (const char *)data + done, bytes - done, MSG_NOSIGNAL);
    if (n >= 0) done += (size_t)n;
    else if (errno == EAGAIN ? wire_wait(socket, POLLOUT, bell) : errno != EINTR) return -1;
  }
  return 0;
}

int wire_receive(int socket, void *data, size_t bytes, int bell) {
  for (size_t done = 0; done < bytes;) {
    ssize_t n = recv(socket, (char *)data + done, bytes - done, 0);
    if (n == 0) return -1;
    if (n > 0) done += (size_t)n;
    else if (errno == EAGAIN ? wire_wait(socket, POLLIN, bell) : errno != EINTR) return -1;
  }
  return 0;
}
