#ifndef CUDART_H
#define CUDART_H
#include "standin.h"

int noted(int error);   /* remembers an error as the calling thread's last one, and returns it */
#endif
