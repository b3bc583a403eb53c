// The same as x86_64.s, which says what is checked. Linked in front of ffi/machine/aarch64.s.
        .globl  _start
        .text
_start: mov     x19, #0x1111
        mov     x20, #0x2222
        mov     x21, #0x3333
        mov     x29, #0x4444

        // call(mmap, NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
        mov     x0, #222
        mov     x1, #0
        mov     x2, #4096
        mov     x3, #3
        mov     x4, #0x22
        mov     x5, #-1
        mov     x6, #0
        bl      call
        mov     x28, #1
        tst     x0, #0xfff
        b.ne    bad
        mov     x27, x0
        mov     x9, #0x5a
        str     x9, [x27]

        // call(close, 99) is -EBADF
        mov     x0, #57
        mov     x1, #99
        bl      call
        mov     x28, #2
        cmn     x0, #9
        b.ne    bad

        // spawn(page, SIGCHLD, NULL, NULL)
        mov     w9, #2048
        str     w9, [x27]
        mov     w9, #0x9000 + 94
        str     w9, [x27, #24]
        mov     w9, #42 << 16
        str     w9, [x27, #32]
        mov     x0, x27
        mov     x1, #17
        mov     x2, #0
        mov     x3, #0
        bl      spawn
        mov     x28, #3
        cmp     x0, #0
        b.le    bad

        // call(wait4, child, page + 2048, 0, NULL)
        mov     x1, x0
        mov     x0, #260
        add     x2, x27, #2048
        mov     x3, #0
        mov     x4, #0
        bl      call
        mov     x28, #4
        ldr     w9, [x27, #2048]
        mov     w10, #42 << 8
        cmp     w9, w10
        b.ne    bad

        // spawn with flags that the kernel refuses (CLONE_THREAD alone): -EINVAL
        mov     x0, x27
        mov     x1, #0x10000
        mov     x2, #0
        mov     x3, #0
        bl      spawn
        mov     x28, #5
        cmn     x0, #22
        b.ne    bad

        mov     x28, #6
        mov     x9, #0x1111
        cmp     x19, x9
        b.ne    bad
        mov     x9, #0x2222
        cmp     x20, x9
        b.ne    bad
        mov     x9, #0x3333
        cmp     x21, x9
        b.ne    bad
        mov     x9, #0x4444
        cmp     x29, x9
        b.ne    bad
        mov     x28, #0
bad:    mov     x0, x28
        mov     x8, #94
        svc     #0
