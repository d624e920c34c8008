/** The words of a volunteer's codes and fields, by key. */

export const FIELDS = {
  real_name: "volunteers.real_name", birth_date: "volunteers.birth_date", district: "volunteers.district", gender: "volunteers.gender",
  languages: "volunteers.languages", skills: "volunteers.skills", emergency_contact: "volunteers.emergency_contact",
  guardian_name: "volunteers.guardian_name", guardian_phone: "volunteers.guardian_phone",
};
export const GENDERS = { female: "volunteers.female", male: "volunteers.male" };
export const LANGUAGES = {
  zh: "volunteers.zh", en: "volunteers.en", ja: "volunteers.ja", ko: "volunteers.ko", ru: "volunteers.ru", fr: "volunteers.fr", de: "volunteers.de", es: "volunteers.es",
};
export const SKILLS = {
  guide: "volunteers.guide", first_aid: "volunteers.first_aid", medical: "volunteers.medical", lifeguard: "volunteers.lifeguard",
  sign_language: "volunteers.sign_language", elder_care: "volunteers.elder_care", childcare: "volunteers.childcare", photography: "volunteers.photography",
  writing: "volunteers.writing", computers: "volunteers.computers", driving: "volunteers.driving", repair: "volunteers.repair",
};
export const AGREE = { realname: "volunteers.agree_realname", guardian: "volunteers.agree_guardian" };
