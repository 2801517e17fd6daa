#ifndef GRAPH_H
#define GRAPH_H
#include "standin.h"

struct graph;
struct graph *graph_new(void);
void graph_append(struct graph *, struct standin_work *, int device);   /* takes over the work's reference */
void graph_release(struct graph *);                                     /* never with the engine's lock held */
#endif
