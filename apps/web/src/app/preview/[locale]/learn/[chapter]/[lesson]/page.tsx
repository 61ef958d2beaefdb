export { default, generateMetadata } from '../../../../../[locale]/learn/[chapter]/[lesson]/page.tsx';
