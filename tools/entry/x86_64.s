# The entry of a compiled nido, for x86-64. GNU as, AT&T syntax.
#
# Deno panics where an argument is no UTF-8, before any JavaScript (denoland/deno#22831). So every
# argument that is not ASCII is replaced, in argv alone: its bytes stay where the kernel put them,
# and cli/command_line.ts reads them from /proc/self/cmdline. patch.ts puts this into the runtime; x86_64.ts
# holds these bytes, and `deno task assemble` fails where the two differ.
#
# The dynamic loader, or the kernel, jumps here with rsp at argc, argv, 0, envp, 0 (System V ABI,
# "Process Initialization"). rdx, a function for atexit(3), is the only other register to be kept.

        .text
start:  cmpq    $0, (%rsp)              # argc is 0 before Linux 5.18 for execve(path, NULL, …)
        je      leave
        lea     8(%rsp), %rsi           # argv[0] too: Deno panics there as well
argument:
        mov     (%rsi), %rdi
        test    %rdi, %rdi
        jz      leave
byte:   mov     (%rdi), %al
        inc     %rdi
        test    %al, %al
        jg      byte                    # 1..0x7f
        jz      next
        lea     placeholder(%rip), %rdi
        mov     %rdi, (%rsi)
next:   add     $8, %rsi
        jmp     argument

leave:  lea     start(%rip), %rax
        add     original(%rip), %rax
        jmp     *%rax

placeholder:
        .asciz  "(nido: not ASCII)"     # cli/command_line.ts knows it
        .balign 8, 0
original:
        .quad   0                       # patch.ts: from start to the runtime's own entry
