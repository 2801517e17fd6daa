/* Settings from the environment, threads, and the list of living handles. */
#define _GNU_SOURCE
#include "engine.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *setting(const char *name) {
  char full[80];
  snprintf(full, sizeof full, "COXSWAIN_STANDIN_%s", name);
  const char *value = getenv(full);
  return value && *value ? value : NULL;
}

long standin_setting(const char *name, long otherwise) {
  const char *value = setting(name);
  return value ? strtol(value, NULL, 0) : otherwise;
}

bool standin_setting_is(const char *name, const char *word) {
  const char *value = setting(name);
  return value && !strcmp(value, word);
}

int standin_not_modelled(const char *function, int status) {
  fprintf(stderr, "stand-in: %s is not modelled\n", function);
  return status;
}

int standin_thread(void *(*body)(void *), void *argument, void *joinable) {
  sigset_t all, before;
  sigfillset(&all);
  sigdelset(&all, SIGSEGV);
  sigdelset(&all, SIGBUS);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  if (!joinable) pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, body, argument);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (joinable && !error) *(pthread_t *)joinable = thread;
  return error;
}

struct handle { const void *address; enum standin_kind kind; };
static pthread_mutex_t handles_lock = PTHREAD_MUTEX_INITIALIZER;
static struct handle *handles;
static size_t handle_count, handle_room;

static struct handle *find(const void *address, enum standin_kind kind) {
  for (size_t i = 0; i < handle_count; i++)
    if (handles[i].address == address && handles[i].kind == kind) return &handles[i];
  return NULL;
}

void standin_handle_add(const void *address, enum standin_kind kind) {
  pthread_mutex_lock(&handles_lock);
  if (handle_count == handle_room) {
    handle_room = handle_room ? 2 * handle_room : 64;
    handles = realloc(handles, handle_room * sizeof *handles);
  }
  handles[handle_count++] = (struct handle){ address, kind };
  pthread_mutex_unlock(&handles_lock);
}

bool standin_handle_is(const void *address, enum standin_kind kind) {
  pthread_mutex_lock(&handles_lock);
  bool found = address && find(address, kind);
  pthread_mutex_unlock(&handles_lock);
  return found;
}

bool standin_handle_remove(const void *address, enum standin_kind kind) {
  pthread_mutex_lock(&handles_lock);
  struct handle *handle = address ? find(address, kind) : NULL;
  if (handle) *handle = handles[--handle_count];
  pthread_mutex_unlock(&handles_lock);
  return handle != NULL;
}
