;; Looks for windows of texts as S. Wu and U. Manber do ("A fast algorithm for multi-pattern searching", 1994), but from the
;; end to the beginning, and in eight parts of the bytes by turns: no move of a window waits for that of another one.
;;
;; From 0 on: how far a window may move by its first two bytes, the first of them the lower one; 0 = nowhere without a look.
;; From 65536 on: other than 0 where a text's window may end with four bytes, all letters in lower case, by the upper half of
;; their product with 0x9e3779b1 (D. Knuth, "The Art of Computer Programming", 6.4).
;; From 131072 on: where in the bytes the windows begin that may be those of texts, in 32 bits each.
;; From 262144 on: the bytes, 98304 at most.
(module
  (memory (export "memory") 6)
  (global $size (mut i32) (i32.const 0))
  (global $found (mut i32) (i32.const 0))

  ;; Notes the window that begins there, if it may be a text's; 64 at most.
  (func $look (param $at i32)
    (if
      (i32.and
        (i32.and
          (i32.eqz (i32.load8_u (i32.load16_u (local.get $at))))
          (i32.load8_u offset=65536
            (i32.shr_u
              (i32.mul
                (i32.or
                  (i32.load (i32.sub (i32.add (local.get $at) (global.get $size)) (i32.const 4)))
                  (i32.const 0x20202020))
                (i32.const 0x9e3779b1))
              (i32.const 16))))
        (i32.lt_u (global.get $found) (i32.const 64)))
      (then
        (i32.store offset=131072 (i32.shl (global.get $found) (i32.const 2)) (i32.sub (local.get $at) (i32.const 262144)))
        (global.set $found (i32.add (global.get $found) (i32.const 1))))))

  ;; One window down to a place.
  (func $slide (param $at i32) (param $first i32)
    (local $shift i32)
    (block $done
      (loop $next
        (br_if $done (i32.lt_u (local.get $at) (local.get $first)))
        (local.set $shift (i32.load8_u (i32.load16_u (local.get $at))))
        (if (i32.eqz (local.get $shift))
          (then
            (call $look (local.get $at))
            (local.set $shift (i32.const 1))))
        (local.set $at (i32.sub (local.get $at) (local.get $shift)))
        (br $next))))

  ;; Takes the number of bytes, and of those of a window, 4 to 16. Returns how many windows were noted.
  (func (export "scan") (param $length i32) (param $windowSize i32) (result i32)
    (local $part i32) (local $first i32) (local $shift i32) (local $least i32) (local $tail i32)
    (local $at0 i32)
    (local $at1 i32)
    (local $at2 i32)
    (local $at3 i32)
    (local $at4 i32)
    (local $at5 i32)
    (local $at6 i32)
    (local $at7 i32)
    (global.set $size (local.get $windowSize))
    (global.set $found (i32.const 0))
    ;; Where the first and the last window begin of each part.
    (local.set $part (i32.shr_s (i32.add (i32.sub (local.get $length) (local.get $windowSize)) (i32.const 1)) (i32.const 3)))
    (local.set $at7 (i32.add (i32.sub (local.get $length) (local.get $windowSize)) (i32.const 262144)))
    (if (i32.lt_s (local.get $part) (i32.const 64))
      (then
        (call $slide (local.get $at7) (i32.const 262144))
        (return (global.get $found))))
    (local.set $first (i32.add (i32.mul (local.get $part) (i32.const 7)) (i32.const 262144)))
    (local.set $at6 (i32.sub (local.get $first) (i32.const 1)))
    (local.set $at5 (i32.sub (local.get $at6) (local.get $part)))
    (local.set $at4 (i32.sub (local.get $at5) (local.get $part)))
    (local.set $at3 (i32.sub (local.get $at4) (local.get $part)))
    (local.set $at2 (i32.sub (local.get $at3) (local.get $part)))
    (local.set $at1 (i32.sub (local.get $at2) (local.get $part)))
    (local.set $at0 (i32.sub (local.get $at1) (local.get $part)))
    ;; From a window to the last four of its bytes.
    (local.set $tail (i32.sub (local.get $windowSize) (i32.const 4)))
    (loop $next
      ;; A window that must be looked at stays where it is.
      (local.set $at0 (i32.sub (local.get $at0) (i32.load8_u (i32.load16_u (local.get $at0)))))
      (local.set $at1 (i32.sub (local.get $at1) (i32.load8_u (i32.load16_u (local.get $at1)))))
      (local.set $at2 (i32.sub (local.get $at2) (i32.load8_u (i32.load16_u (local.get $at2)))))
      (local.set $at3 (i32.sub (local.get $at3) (i32.load8_u (i32.load16_u (local.get $at3)))))
      (local.set $at4 (i32.sub (local.get $at4) (i32.load8_u (i32.load16_u (local.get $at4)))))
      (local.set $at5 (i32.sub (local.get $at5) (i32.load8_u (i32.load16_u (local.get $at5)))))
      (local.set $at6 (i32.sub (local.get $at6) (i32.load8_u (i32.load16_u (local.get $at6)))))
      (local.set $at7 (i32.sub (local.get $at7) (i32.load8_u (i32.load16_u (local.get $at7)))))
      (local.set $at0 (i32.sub (local.get $at0) (i32.load8_u (i32.load16_u (local.get $at0)))))
      (local.set $at1 (i32.sub (local.get $at1) (i32.load8_u (i32.load16_u (local.get $at1)))))
      (local.set $at2 (i32.sub (local.get $at2) (i32.load8_u (i32.load16_u (local.get $at2)))))
      (local.set $at3 (i32.sub (local.get $at3) (i32.load8_u (i32.load16_u (local.get $at3)))))
      (local.set $at4 (i32.sub (local.get $at4) (i32.load8_u (i32.load16_u (local.get $at4)))))
      (local.set $at5 (i32.sub (local.get $at5) (i32.load8_u (i32.load16_u (local.get $at5)))))
      (local.set $at6 (i32.sub (local.get $at6) (i32.load8_u (i32.load16_u (local.get $at6)))))
      (local.set $at7 (i32.sub (local.get $at7) (i32.load8_u (i32.load16_u (local.get $at7)))))
      (local.set $at0 (i32.sub (local.get $at0) (i32.load8_u (i32.load16_u (local.get $at0)))))
      (local.set $at1 (i32.sub (local.get $at1) (i32.load8_u (i32.load16_u (local.get $at1)))))
      (local.set $at2 (i32.sub (local.get $at2) (i32.load8_u (i32.load16_u (local.get $at2)))))
      (local.set $at3 (i32.sub (local.get $at3) (i32.load8_u (i32.load16_u (local.get $at3)))))
      (local.set $at4 (i32.sub (local.get $at4) (i32.load8_u (i32.load16_u (local.get $at4)))))
      (local.set $at5 (i32.sub (local.get $at5) (i32.load8_u (i32.load16_u (local.get $at5)))))
      (local.set $at6 (i32.sub (local.get $at6) (i32.load8_u (i32.load16_u (local.get $at6)))))
      (local.set $at7 (i32.sub (local.get $at7) (i32.load8_u (i32.load16_u (local.get $at7)))))
      (local.set $at0 (i32.sub (local.get $at0) (i32.load8_u (i32.load16_u (local.get $at0)))))
      (local.set $at1 (i32.sub (local.get $at1) (i32.load8_u (i32.load16_u (local.get $at1)))))
      (local.set $at2 (i32.sub (local.get $at2) (i32.load8_u (i32.load16_u (local.get $at2)))))
      (local.set $at3 (i32.sub (local.get $at3) (i32.load8_u (i32.load16_u (local.get $at3)))))
      (local.set $at4 (i32.sub (local.get $at4) (i32.load8_u (i32.load16_u (local.get $at4)))))
      (local.set $at5 (i32.sub (local.get $at5) (i32.load8_u (i32.load16_u (local.get $at5)))))
      (local.set $at6 (i32.sub (local.get $at6) (i32.load8_u (i32.load16_u (local.get $at6)))))
      (local.set $at7 (i32.sub (local.get $at7) (i32.load8_u (i32.load16_u (local.get $at7)))))
      ;; Below 0 as soon as one of them stays.
      (local.set $least (i32.const 0))
      (local.set $shift (i32.load8_u (i32.load16_u (local.get $at0))))
      (local.set $at0 (i32.sub (local.get $at0) (local.get $shift)))
      (local.set $least (i32.or (local.get $least) (i32.sub (local.get $shift) (i32.const 1))))
      (local.set $shift (i32.load8_u (i32.load16_u (local.get $at1))))
      (local.set $at1 (i32.sub (local.get $at1) (local.get $shift)))
      (local.set $least (i32.or (local.get $least) (i32.sub (local.get $shift) (i32.const 1))))
      (local.set $shift (i32.load8_u (i32.load16_u (local.get $at2))))
      (local.set $at2 (i32.sub (local.get $at2) (local.get $shift)))
      (local.set $least (i32.or (local.get $least) (i32.sub (local.get $shift) (i32.const 1))))
      (local.set $shift (i32.load8_u (i32.load16_u (local.get $at3))))
      (local.set $at3 (i32.sub (local.get $at3) (local.get $shift)))
      (local.set $least (i32.or (local.get $least) (i32.sub (local.get $shift) (i32.const 1))))
      (local.set $shift (i32.load8_u (i32.load16_u (local.get $at4))))
      (local.set $at4 (i32.sub (local.get $at4) (local.get $shift)))
      (local.set $least (i32.or (local.get $least) (i32.sub (local.get $shift) (i32.const 1))))
      (local.set $shift (i32.load8_u (i32.load16_u (local.get $at5))))
      (local.set $at5 (i32.sub (local.get $at5) (local.get $shift)))
      (local.set $least (i32.or (local.get $least) (i32.sub (local.get $shift) (i32.const 1))))
      (local.set $shift (i32.load8_u (i32.load16_u (local.get $at6))))
      (local.set $at6 (i32.sub (local.get $at6) (local.get $shift)))
      (local.set $least (i32.or (local.get $least) (i32.sub (local.get $shift) (i32.const 1))))
      (local.set $shift (i32.load8_u (i32.load16_u (local.get $at7))))
      (local.set $at7 (i32.sub (local.get $at7) (local.get $shift)))
      (local.set $least (i32.or (local.get $least) (i32.sub (local.get $shift) (i32.const 1))))
      (if (i32.lt_s (local.get $least) (i32.const 0))
        (then
          ;; One byte on; without a branch for each, as nobody can foretell which of them it is.
          (local.set $least (i32.const 0))
          (local.set $shift (i32.eqz (i32.load8_u (i32.load16_u (local.get $at0)))))
          (local.set $least
            (i32.or
              (local.get $least)
              (i32.and
                (local.get $shift)
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.or (i32.load (i32.add (local.get $at0) (local.get $tail))) (i32.const 0x20202020))
                      (i32.const 0x9e3779b1))
                    (i32.const 16))))))
          (local.set $at0 (i32.sub (local.get $at0) (local.get $shift)))
          (local.set $shift (i32.eqz (i32.load8_u (i32.load16_u (local.get $at1)))))
          (local.set $least
            (i32.or
              (local.get $least)
              (i32.and
                (local.get $shift)
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.or (i32.load (i32.add (local.get $at1) (local.get $tail))) (i32.const 0x20202020))
                      (i32.const 0x9e3779b1))
                    (i32.const 16))))))
          (local.set $at1 (i32.sub (local.get $at1) (local.get $shift)))
          (local.set $shift (i32.eqz (i32.load8_u (i32.load16_u (local.get $at2)))))
          (local.set $least
            (i32.or
              (local.get $least)
              (i32.and
                (local.get $shift)
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.or (i32.load (i32.add (local.get $at2) (local.get $tail))) (i32.const 0x20202020))
                      (i32.const 0x9e3779b1))
                    (i32.const 16))))))
          (local.set $at2 (i32.sub (local.get $at2) (local.get $shift)))
          (local.set $shift (i32.eqz (i32.load8_u (i32.load16_u (local.get $at3)))))
          (local.set $least
            (i32.or
              (local.get $least)
              (i32.and
                (local.get $shift)
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.or (i32.load (i32.add (local.get $at3) (local.get $tail))) (i32.const 0x20202020))
                      (i32.const 0x9e3779b1))
                    (i32.const 16))))))
          (local.set $at3 (i32.sub (local.get $at3) (local.get $shift)))
          (local.set $shift (i32.eqz (i32.load8_u (i32.load16_u (local.get $at4)))))
          (local.set $least
            (i32.or
              (local.get $least)
              (i32.and
                (local.get $shift)
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.or (i32.load (i32.add (local.get $at4) (local.get $tail))) (i32.const 0x20202020))
                      (i32.const 0x9e3779b1))
                    (i32.const 16))))))
          (local.set $at4 (i32.sub (local.get $at4) (local.get $shift)))
          (local.set $shift (i32.eqz (i32.load8_u (i32.load16_u (local.get $at5)))))
          (local.set $least
            (i32.or
              (local.get $least)
              (i32.and
                (local.get $shift)
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.or (i32.load (i32.add (local.get $at5) (local.get $tail))) (i32.const 0x20202020))
                      (i32.const 0x9e3779b1))
                    (i32.const 16))))))
          (local.set $at5 (i32.sub (local.get $at5) (local.get $shift)))
          (local.set $shift (i32.eqz (i32.load8_u (i32.load16_u (local.get $at6)))))
          (local.set $least
            (i32.or
              (local.get $least)
              (i32.and
                (local.get $shift)
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.or (i32.load (i32.add (local.get $at6) (local.get $tail))) (i32.const 0x20202020))
                      (i32.const 0x9e3779b1))
                    (i32.const 16))))))
          (local.set $at6 (i32.sub (local.get $at6) (local.get $shift)))
          (local.set $shift (i32.eqz (i32.load8_u (i32.load16_u (local.get $at7)))))
          (local.set $least
            (i32.or
              (local.get $least)
              (i32.and
                (local.get $shift)
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.or (i32.load (i32.add (local.get $at7) (local.get $tail))) (i32.const 0x20202020))
                      (i32.const 0x9e3779b1))
                    (i32.const 16))))))
          (local.set $at7 (i32.sub (local.get $at7) (local.get $shift)))
          (if (local.get $least)
            (then
              (call $look (i32.add (local.get $at0) (i32.const 1)))
              (call $look (i32.add (local.get $at1) (i32.const 1)))
              (call $look (i32.add (local.get $at2) (i32.const 1)))
              (call $look (i32.add (local.get $at3) (i32.const 1)))
              (call $look (i32.add (local.get $at4) (i32.const 1)))
              (call $look (i32.add (local.get $at5) (i32.const 1)))
              (call $look (i32.add (local.get $at6) (i32.const 1)))
              (call $look (i32.add (local.get $at7) (i32.const 1)))))))
      ;; Until the last part is done, or any window is before the bytes: one of those is below 262144.
      (br_if $next
        (i32.and
          (i32.ge_u (local.get $at7) (local.get $first))
          (i32.shr_u
            (i32.and
              (i32.and
                (i32.and (local.get $at0) (local.get $at1))
                (i32.and (local.get $at2) (local.get $at3)))
              (i32.and
                (i32.and (local.get $at4) (local.get $at5))
                (i32.and (local.get $at6) (local.get $at7))))
            (i32.const 18)))))
    ;; What is left of each part.
    (call $slide (local.get $at7) (local.get $first))
    (local.set $first (i32.sub (local.get $first) (local.get $part)))
    (call $slide (local.get $at6) (local.get $first))
    (local.set $first (i32.sub (local.get $first) (local.get $part)))
    (call $slide (local.get $at5) (local.get $first))
    (local.set $first (i32.sub (local.get $first) (local.get $part)))
    (call $slide (local.get $at4) (local.get $first))
    (local.set $first (i32.sub (local.get $first) (local.get $part)))
    (call $slide (local.get $at3) (local.get $first))
    (local.set $first (i32.sub (local.get $first) (local.get $part)))
    (call $slide (local.get $at2) (local.get $first))
    (local.set $first (i32.sub (local.get $first) (local.get $part)))
    (call $slide (local.get $at1) (local.get $first))
    (call $slide (local.get $at0) (i32.const 262144))
    (global.get $found)))
