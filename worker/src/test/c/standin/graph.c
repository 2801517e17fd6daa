/* Graphs: the captured work in the order of its capture, which keeps every dependency. A graph and its executables each
 * hold the work, so that a communicator knows for how long it may be replayed. */
#define _GNU_SOURCE
#include "graph.h"
#include "engine.h"
#include <stdlib.h>

struct node { struct standin_work *work; int device; };
struct graph { int references; size_t count, room; struct node *nodes; };
struct executable { struct graph *graph; int references; pthread_mutex_t running; unsigned seed; };

struct graph *graph_new(void) {
  struct graph *g = calloc(1, sizeof *g);
  g->references = 1;
  return g;
}

void graph_append(struct graph *g, struct standin_work *work, int device) {
  if (g->count == g->room) {
    g->room = g->room ? 2 * g->room : 16;
    g->nodes = realloc(g->nodes, g->room * sizeof *g->nodes);
  }
  g->nodes[g->count++] = (struct node){ work, device };
}

void graph_release(struct graph *g) {
  if (__atomic_sub_fetch(&g->references, 1, __ATOMIC_ACQ_REL)) return;
  for (size_t i = 0; i < g->count; i++) standin_release(g->nodes[i].work);
  free(g->nodes);
  free(g);
}

static void executable_release(struct executable *x) {
  if (__atomic_sub_fetch(&x->references, 1, __ATOMIC_ACQ_REL)) return;
  graph_release(x->graph);
  pthread_mutex_destroy(&x->running);
  free(x);
}

int standin_graph_nodes(void *graph, void **nodes, size_t *count) {
  if (!standin_handle_is(graph, GRAPH) || !count) return INVALID_VALUE;
  struct graph *g = graph;
  for (size_t i = 0; nodes && i < *count; i++) nodes[i] = i < g->count ? g->nodes[i].work : NULL;
  if (!nodes || *count > g->count) *count = g->count;
  return standin_fault_of_device();
}

int standin_graph_instantiate(void **executable, void *graph) {
  if (!executable || !standin_handle_is(graph, GRAPH)) return INVALID_VALUE;
  if (standin_fault_of_device()) return standin_fault_of_device();
  struct executable *x = calloc(1, sizeof *x);
  x->graph = graph;
  x->references = 1;
  x->seed = (unsigned)standin_setting("SEED", 1);
  pthread_mutex_init(&x->running, NULL);
  __atomic_add_fetch(&x->graph->references, 1, __ATOMIC_RELAXED);
  standin_handle_add(x, EXECUTABLE);
  *executable = x;
  return OK;
}

int standin_graph_destroy(void *graph) {
  if (!standin_handle_remove(graph, GRAPH)) return INVALID_VALUE;
  graph_release(graph);
  return standin_fault_of_device();
}

int standin_executable_destroy(void *executable) {
  if (!standin_handle_remove(executable, EXECUTABLE)) return INVALID_VALUE;
  executable_release(executable);
  return standin_fault_of_device();
}

struct replay { struct standin_work work; struct executable *executable; };

/* Two replays of one executable never overlap. */
static void run_replay(struct standin_work *work, int device) {
  (void)device;
  struct executable *x = ((struct replay *)work)->executable;
  pthread_mutex_lock(&x->running);
  for (size_t i = 0; i < x->graph->count && !standin_fault_of_device(); i++) {
    struct node *node = &x->graph->nodes[i];
    streams_jitter(&x->seed);
    node->work->run(node->work, node->device);
  }
  pthread_mutex_unlock(&x->running);
}

static void release_replay(struct standin_work *work) {
  executable_release(((struct replay *)work)->executable);
  free(work);
}

int standin_graph_launch(void *executable, void *stream) {
  if (!standin_handle_is(executable, EXECUTABLE)) return INVALID_VALUE;
  if (standin_capture_of(stream)) return standin_not_modelled("cudaGraphLaunch into a capture", NOT_SUPPORTED);
  struct replay *r = malloc(sizeof *r);
  *r = (struct replay){ { 1, run_replay, NULL, release_replay }, executable };
  __atomic_add_fetch(&r->executable->references, 1, __ATOMIC_RELAXED);
  return standin_submit(stream, &r->work);
}
