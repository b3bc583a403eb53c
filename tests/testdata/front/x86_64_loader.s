# A dynamic loader that looks at what it was given, and enters the program. It ends with the number of
# the check that failed.

        .text
        .globl  _start
_start: test    %rdx, %rdx              # 1: no function for atexit(3)
        mov     $1, %edi
        jnz     bad
        inc     %edi                    # 2: its data
        movabs  $0x123456789abcdef0, %rax
        cmp     %rax, value(%rip)
        jne     bad
        inc     %edi                    # 3: zeros behind its data, up to the end of a page
        lea     _edata(%rip), %rax
        lea     _end + 0xfff(%rip), %rcx
        and     $-0x1000, %rcx
1:      cmpb    $0, (%rax)
        jne     bad
        inc     %rax
        cmp     %rcx, %rax
        jb      1b
        movl    $1, last(%rip)          # may be written to
        mov     (%rsp), %rax            # the auxiliary vector
        lea     16(%rsp,%rax,8), %rsi
2:      mov     (%rsi), %rax
        add     $8, %rsi
        test    %rax, %rax
        jnz     2b
3:      mov     (%rsi), %rax
        mov     8(%rsi), %rdx
        add     $16, %rsi
        cmp     $3, %rax                # AT_PHDR
        cmove   %rdx, %r12
        cmp     $5, %rax                # AT_PHNUM
        cmove   %rdx, %r13
        cmp     $7, %rax                # AT_BASE
        cmove   %rdx, %r14
        cmp     $9, %rax                # AT_ENTRY
        cmove   %rdx, %r15
        test    %rax, %rax
        jnz     3b
        inc     %edi                    # 4: AT_BASE
        lea     __ehdr_start(%rip), %rax
        cmp     %rax, %r14
        jne     bad
        inc     %edi                    # 5: the program's headers, with PT_INTERP
4:      cmpl    $3, (%r12)
        je      5f
        add     $56, %r12
        dec     %r13
        jnz     4b
        jmp     bad
5:      jmp     *%r15

bad:    mov     $231, %eax              # exit_group
        syscall

        .data
value:  .quad   0x123456789abcdef0
        .bss
        .space  0x5000
last:   .space  8
