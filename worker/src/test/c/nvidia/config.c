/* Prints what NVIDIA's header makes of a communicator's configuration, in hexadecimal digits, one a line. */
#include <nccl.h>
#include <stdio.h>

static void print(const ncclConfig_t *config) {
    const unsigned char *bytes = (const unsigned char *) config;
    for (size_t i = 0; i < sizeof *config; i++) {
        printf("%02x", bytes[i]);
    }
    printf("\n");
}

int main(void) {
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 1;
    print(&config);
    config.blocking = 0;
    print(&config);
    config.minCTAs = 3;
    config.maxCTAs = 17;
    config.trafficClass = 42;
    print(&config);
    return 0;
}
