export { default, generateMetadata } from '../../../../learn/[chapter]/[lesson]/page.tsx';
