/* What a caller asks of a communicator. */
#define _GNU_SOURCE
#include "nccl.h"
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ncclConfig_t, as far as it is read. An older caller's is shorter. */
struct config {
  size_t size;
  unsigned magic, version;
  int blocking, cluster_size, least_ctas, most_ctas;
  const char *net_name;
  int split_share, traffic_class;
};
enum { MAGIC = (int)0xcafebeef, UNDEFINED = INT_MIN };

static int check(const struct config *given, struct config *config) {
  *config = (struct config){ .blocking = UNDEFINED, .cluster_size = UNDEFINED, .least_ctas = UNDEFINED,
                             .most_ctas = UNDEFINED, .split_share = UNDEFINED };
  if (!given) return NCCL_OK;
  if (given->magic != (unsigned)MAGIC || given->size < offsetof(struct config, cluster_size))
    return nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "ncclConfig_t argument not initialized via NCCL_CONFIG_INITIALIZER");
  memcpy(config, given, given->size < sizeof *config ? given->size : sizeof *config);
  if (config->blocking != UNDEFINED && config->blocking != 0 && config->blocking != 1)
    return nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "Invalid config blocking attribute value %d", config->blocking);
  if (config->cluster_size != UNDEFINED && config->cluster_size < 0)
    return nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "Invalid config cgaClusterSize attribute value %d", config->cluster_size);
  bool least = config->least_ctas != UNDEFINED, most = config->most_ctas != UNDEFINED;
  if ((least && config->least_ctas <= 0) || (most && config->most_ctas <= 0)
      || (least && most && config->least_ctas > config->most_ctas))
    return nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "Invalid config min/max channels attribute value %d/%d",
                     config->least_ctas, config->most_ctas);
  if (config->split_share != UNDEFINED && config->split_share != 0 && config->split_share != 1)
    return nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "Invalid config splitShare attribute value %d", config->split_share);
  return NCCL_OK;
}

int config_check(const void *given, int *blocking) {
  struct config config;
  int status = check(given, &config);
  if (status) return status;
  const char *by_default = getenv("NCCL_COMM_BLOCKING");
  *blocking = config.blocking != UNDEFINED ? config.blocking : !by_default || strtol(by_default, NULL, 0);
  return NCCL_OK;
}
