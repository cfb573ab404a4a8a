/** Common first and last names of many places; combined they belong to no real person. */
export const FIRST_NAMES = (
  "Nadia Amara Zoë Łukasz Priya Mateo Ingrid Kwame Sofía Jonas Aiko Fatima Dmitri Chloé Tomás Leila Noah Anika Bruno Yara " +
  "Emil Hana Oscar Mina Rafael Greta Omar Linh Clara Viktor Adaeze Felix Rosa Ivan Maya Henrik Samira Paul Elif Marta " +
  "Daniel Keiko Luca Nora Simon Aisha Pedro Julia Arjun Elena Theo Wanjiru Kai Petra Ali Irina Hugo Selma Ravi Bianca"
).split(" ");

export const LAST_NAMES = (
  "Novak Okafor Müller Rossi Tanaka Silva Haddad Kowalski Nguyen Fischer Andersen Moreau Petrov Castillo Singh Keller Mensah " +
  "Bauer Ito Lindqvist Costa Rahman Weber Dubois Yilmaz Horvat Kaya Lopez Jensen Schneider Park Romano Diallo Svoboda Meyer " +
  "Abe Ferreira Wagner Popescu Larsen Chen Gruber Adeyemi Laurent Virtanen Ortiz Sato Berger Ivanova Mwangi Hofer Duarte " +
  "Khan Steiner Blanc Nilsson Takahashi Marino Ziegler Aydin Brandt Cohen Murphy Nowak Pereira Quist Sharma Tran Urban Vega"
).split(" ");

export const EMPLOYERS = (
  "Acme GmbH,Example University,Northwind Labs,Blue Harbour Foods,Tessel Robotics,Fernweh Travel,Quarry Analytics," +
  "Lumen Works,Granite Bank,Orchard Health,Paper Crane Studio,Tidewater Energy"
).split(",");

export const CITIES = ["Vienna", "Berlin", "Lisbon", "Toronto", "Nairobi", "Kraków", "São Paulo", "Osaka"];

const ASCII = new Map([...FIRST_NAMES, ...LAST_NAMES].map((name) => [name, fold(name)]));

/** The name as it may stand in an e-mail address. */
export function toAscii(name: string): string {
  return ASCII.get(name) ?? fold(name);
}

function fold(name: string): string {
  return name
    .replace(/[Łł]/g, "l")
    .normalize("NFD")
    .replace(/[^A-Za-z]/g, "")
    .toLowerCase();
}
