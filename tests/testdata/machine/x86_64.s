# Calls the interpreter's two functions as Deno does, by the C convention, with callee-saved
# registers filled: exit status 0 if all is as it should be, otherwise the number of the check.
# Linked in front of ffi/machine/x86_64.s.
        .globl  _start
        .text
_start: mov     $0x11111111, %rbx
        mov     $0x22222222, %rbp
        mov     $0x33333333, %r12
        mov     $0x44444444, %r13

        # call(mmap, NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
        mov     $9, %edi
        xor     %esi, %esi
        mov     $4096, %edx
        mov     $3, %ecx
        mov     $0x22, %r8d
        mov     $-1, %r9
        push    $0
        push    $0                      # a6
        call    call
        add     $16, %rsp
        mov     $1, %r15d
        test    $0xfff, %eax            # a page's address
        jnz     bad
        mov     %rax, %r14
        movq    $0x5a, (%r14)

        # call(close, 99) is -EBADF
        mov     $3, %edi
        mov     $99, %esi
        call    call
        mov     $2, %r15d
        cmp     $-9, %rax
        jne     bad

        # spawn(page, SIGCHLD, NULL, NULL): a child of the first record, which exits with 42.
        # Constants: a header of 24 bytes (the variables are 2048 bytes away), record exit_group(42)
        movl    $2048, (%r14)
        movl    $0x9000 + 231, 24(%r14)
        movl    $42 << 16, 32(%r14)
        mov     %r14, %rdi
        mov     $17, %esi
        xor     %edx, %edx
        xor     %ecx, %ecx
        call    spawn
        mov     $3, %r15d
        test    %rax, %rax
        jle     bad

        # call(wait4, child, page + 2048, 0, NULL)
        mov     $61, %edi
        mov     %rax, %rsi
        lea     2048(%r14), %rdx
        xor     %ecx, %ecx
        xor     %r8d, %r8d
        call    call
        mov     $4, %r15d
        cmpl    $42 << 8, 2048(%r14)
        jne     bad

        # spawn with flags that the kernel refuses (CLONE_THREAD alone): -EINVAL
        mov     %r14, %rdi
        mov     $0x10000, %esi
        xor     %edx, %edx
        xor     %ecx, %ecx
        call    spawn
        mov     $5, %r15d
        cmp     $-22, %rax
        jne     bad

        mov     $6, %r15d
        cmp     $0x11111111, %rbx
        jne     bad
        cmp     $0x22222222, %rbp
        jne     bad
        cmp     $0x33333333, %r12
        jne     bad
        cmp     $0x44444444, %r13
        jne     bad
        xor     %r15d, %r15d
bad:    mov     %r15, %rdi
        mov     $231, %eax
        syscall
