# A program that ends with 40 + argc; with 6 where there are no zeros behind its data, up to the end of
# a page.

        .text
        .globl  _start
_start: mov     $6, %edi
        lea     _edata(%rip), %rax
        lea     _end + 0xfff(%rip), %rcx
        and     $-0x1000, %rcx
1:      cmpb    $0, (%rax)
        jne     2f
        inc     %rax
        cmp     %rcx, %rax
        jb      1b
        mov     (%rsp), %edi
        add     $40, %edi
2:      mov     $231, %eax              # exit_group
        syscall

        .data
        .quad   0x123456789abcdef0
        .bss
        .quad   0
