/** Pure packages take the clock and the random source as parameters: none is at hand there. */
const FORBIDDEN = { Date: 'now', Math: 'random' };
const MESSAGES = {
  Date: 'Pure packages take the clock as a parameter.',
  Math: 'Pure packages take the random source as a parameter.',
};

export default {
  meta: { name: 'podwire' },
  rules: {
    'no-clock': {
      create: (context) => ({
        NewExpression(node) {
          if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0)
            context.report({ node, message: MESSAGES.Date });
        },
        MemberExpression(node) {
          const { object, property } = node;
          if (
            object.type === 'Identifier' &&
            property.type === 'Identifier' &&
            FORBIDDEN[object.name] === property.name
          )
            context.report({ node, message: MESSAGES[object.name] });
        },
      }),
    },
  },
};
