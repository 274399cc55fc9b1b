/*
 * Defines HAS_THREAD_SANITIZER in a ThreadSanitizer twin: gcc has a macro for it, clang a feature.
 */
#ifndef LESSON_SANITIZER_H
#define LESSON_SANITIZER_H

#if defined(__SANITIZE_THREAD__)
#define HAS_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_THREAD_SANITIZER 1
#endif
#endif

#endif
