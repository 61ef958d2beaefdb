export { default, generateMetadata } from '../../../../[locale]/lab/[labId]/page.tsx';
