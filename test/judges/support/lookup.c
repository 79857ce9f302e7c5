/* Looks a name up as programs do, with getaddrinfo, and prints what came back and how long it took:
   "0 10.224.0.10 3" (return code, addresses, milliseconds), "-2 7" without one. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <time.h>

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
  char text[INET6_ADDRSTRLEN];
  if (argc != 2) return 2;
  double start = now_ms();
  int code = getaddrinfo(argv[1], NULL, &hints, &found);
  double elapsed = now_ms() - start;
  printf("%d", code);
  for (struct addrinfo *each = found; each != NULL; each = each->ai_next) {
    const void *address = each->ai_family == AF_INET6 ? (void *)&((struct sockaddr_in6 *)each->ai_addr)->sin6_addr
                                                      : (void *)&((struct sockaddr_in *)each->ai_addr)->sin_addr;
    printf(" %s", inet_ntop(each->ai_family, address, text, sizeof text));
  }
  printf(" %.0f\n", elapsed);
  return 0;
}
