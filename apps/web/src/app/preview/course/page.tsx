export { default, metadata } from '../../course/page.tsx';
