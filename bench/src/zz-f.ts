import { parseCourse } from '@podwire/lab';
import { courseFiles } from './course.ts';
for (const d of parseCourse(courseFiles()).diagnostics) console.log(d.file,d.line,d.code,d.message,d.remedy);
