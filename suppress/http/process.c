/* process.c: the process, by the names that all Prometheus clients give it, so that what people have for other
 * programs (dashboards, alerts) works for this one. From /proc; what cannot be read there is left out.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "suppress/http/api_int.h"

static void put(FILE *f, const char *name, const char *type, const char *help, double value)
{
    fprintf(f, "# HELP process_%s %s\n# TYPE process_%s %s\nprocess_%s %.15g\n", name, help, name, type, name, value);
}

/* False: there is no such file, or it is longer. */
static bool read_small(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(text, 1, size, f) : 0;
    if (f)
        fclose(f);
    if (!n || n == size)
        return false;
    text[n] = 0;
    return true;
}

/* Since the system was started, in seconds. */
static bool started_after(double *ret)
{
    char text[2048];
    unsigned long long ticks;
    /* a name may hold anything */
    const char *at = read_small("/proc/self/stat", text, sizeof(text)) ? strrchr(text, ')') : NULL;
    if (!at)
        return false;
    for (unsigned field = 2; at && field < 22; field++) /* proc(5): the name is the 2nd, starttime the 22nd */
        at = strchr(at + 1, ' ');
    if (!at || sscanf(at, " %llu", &ticks) != 1)
        return false;
    *ret = (double)ticks / (double)sysconf(_SC_CLK_TCK);
    return true;
}

double ff_api_process_started(void)
{
    struct timespec now, up;
    double after;
    if (!started_after(&after) || clock_gettime(CLOCK_REALTIME, &now) != 0 || clock_gettime(CLOCK_BOOTTIME, &up) != 0)
        return 0;
    return (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9 + after;
}

static bool resident(double *ret)
{
    char text[256];
    unsigned long long pages;
    if (!read_small("/proc/self/statm", text, sizeof(text)) || sscanf(text, "%*u %llu", &pages) != 1)
        return false;
    *ret = (double)pages * (double)sysconf(_SC_PAGESIZE);
    return true;
}

static bool open_files(double *ret)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;
    if (!d)
        return false;
    while (readdir(d))
        n++;
    closedir(d);
    *ret = n - 3; /* ".", "..", and the folder itself */
    return true;
}

void ff_api_put_process(FILE *f, double started_s)
{
    struct timespec cpu;
    struct rlimit files;
    double value;
    if (started_s > 0)
        put(f, "start_time_seconds", "gauge", "When the process was started, since 1970.", started_s);
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0)
        put(f, "cpu_seconds_total", "counter", "CPU time, of user and system.",
            (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
    if (resident(&value))
        put(f, "resident_memory_bytes", "gauge", "Memory that is resident.", value);
    if (open_files(&value))
        put(f, "open_fds", "gauge", "File descriptors that are open.", value);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        put(f, "max_fds", "gauge", "File descriptors that may be open.", (double)files.rlim_cur);
}
