# answer: who = controller
