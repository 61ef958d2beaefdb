# answer: outer = nodes
# answer: who-sees = alice
# answer: largest = 1422
