// Preloaded into a process, sets its clock as far off as CLOCK_WRONG_BY says, in seconds. Waiting is left alone: faketime,
// which does the same, has it fail or last for ever.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *now) {
  int failed = syscall(SYS_clock_gettime, id, now);
  if (!failed && id == CLOCK_REALTIME) now->tv_sec += atoll(getenv("CLOCK_WRONG_BY"));
  return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec it;
  int failed = clock_gettime(CLOCK_REALTIME, &it);
  now->tv_sec = it.tv_sec;
  now->tv_usec = it.tv_nsec / 1000;
  return failed;
}

time_t time(time_t *to) {
  struct timespec it;
  clock_gettime(CLOCK_REALTIME, &it);
  if (to) *to = it.tv_sec;
  return it.tv_sec;
}
